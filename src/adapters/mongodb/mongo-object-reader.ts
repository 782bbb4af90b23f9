import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { PeerNumber, Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { Change, ChangeRange, Collection, ObjectReader, WantedChanges } from '../../ports/object-reader.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import { Blobs } from './blobs.ts';
import type { Filter, MongoRows } from './mongo-rows.ts';
import { oneOf } from './one-of.ts';
import { ReadAhead } from './read-ahead.ts';
import { longFields, revisionOf, versionOf } from './revision-rows.ts';
import type { SiteJournal } from './site-journal.ts';
import {
  type AliasRow,
  type ChangeRow,
  type CollectionRow,
  numberKey,
  type RevisionRow,
  type SiteTables,
} from './site-tables.ts';

type Kind = 'present' | 'gone' | 'all';

const newestFirst = { seq: -1 } as const;
const oldestFirst = { seq: 1 } as const;
const byId = { id: 1, gid: 1 } as const;

const present = { newest: 1, state: 'present' } as const;
/** From so many revisions on they are read as a range, where hardly any other stands between them. */
const leastRange = 16;
const widestRange = 1.1;
const ofKind = { present: { m: 1 }, gone: { m: 0 }, all: {} } as const;

/** Reads the tree and the log of a site out of MongoDB. What one call reads is of one state of the site. */
export class MongoObjectReader implements ObjectReader {
  protected readonly tables: SiteTables;
  protected readonly journal: SiteJournal;
  protected readonly blobs: Blobs;
  protected readonly readAhead = new ReadAhead(() => performance.now());

  constructor(tables: SiteTables, journal: SiteJournal) {
    this.tables = tables;
    this.journal = journal;
    this.blobs = new Blobs(tables);
  }

  async head(): Promise<Position> {
    return (await this.journal.settled()).head;
  }

  async positionAt(seq: number): Promise<Position | undefined> {
    return this.journal.consistently(async ({ head }) => {
      if (seq === 0) return { epoch: head.epoch, seq: 0, hash: '' };
      const row = seq > head.seq ? undefined : await this.#revisions.get(numberKey(seq));
      return row === undefined ? undefined : { epoch: row.epoch, seq: row.seq, hash: row.hash };
    });
  }

  async hasLaterEpoch(): Promise<boolean> {
    return this.journal.consistently(async () => {
      const [begun] = await this.#revisions.find({ gid: null, state: 'epoch' }, { limit: 1 });
      return begun !== undefined;
    });
  }

  async current(gids: readonly Gid[]): Promise<ReadonlyMap<Gid, Revision>> {
    if (gids.length === 0) return new Map();
    const found = await this.#revisionsWith({ gid: oneOf(gids), newest: 1 });
    return new Map(found.map((revision) => [revision.version.gid, revision]));
  }

  async revision(seq: number): Promise<Revision | undefined> {
    return this.journal.consistently(async ({ head }) => {
      const row = seq > head.seq ? undefined : await this.#revisions.get(numberKey(seq));
      return row?.gid === undefined ? undefined : revisionOf(row, this.blobs);
    });
  }

  async history(
    gid: Gid,
    options: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<readonly Revision[]> {
    const { before, limit } = options;
    const filter = { gid, ...(before === undefined ? {} : { seq: { $lt: before } }) };
    return this.#revisionsWith(filter, newestFirst, limit);
  }

  async revisionAt(gid: Gid, seq: number): Promise<Revision | undefined> {
    return (await this.#revisionsWith({ gid, seq: { $lte: seq } }, newestFirst, 1))[0];
  }

  async lastFrom(peer: PeerNumber, gid: Gid, after?: number): Promise<Revision | undefined> {
    const range = after === undefined ? {} : { seq: { $gt: after } };
    return (await this.#revisionsWith({ gid, op: peer, ox: 1, ...range }, newestFirst, 1))[0];
  }

  async hasShadows(): Promise<boolean> {
    return (await this.journal.settled()).shadows > 0;
  }

  async children(
    parent: Gid,
    options: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly Version[]> {
    const { after, limit } = options;
    return this.#versionsWith({ parent, ...present, ...(after === undefined ? {} : { id: { $gt: after } }) }, limit);
  }

  async countChildren(parent: Gid): Promise<number> {
    return this.journal.consistently(async () => this.#revisions.count({ parent, ...present }));
  }

  async named(parent: Gid, id: string): Promise<readonly Version[]> {
    return this.#versionsWith({ parent, ...present, id });
  }

  async holders(parent: Gid, ids: readonly string[]): Promise<ReadonlyMap<string, readonly Gid[]>> {
    if (ids.length === 0) return new Map();
    const rows = await this.journal.consistently(async () =>
      this.#revisions.find({ parent, ...present, id: oneOf([...new Set(ids)]) }, { sort: byId, without: longFields }),
    );
    const holders = new Map<string, Gid[]>();
    for (const { id = '', gid } of rows) {
      if (gid === undefined) continue;
      const gids = holders.get(id);
      if (gids === undefined) holders.set(id, [gid]);
      else gids.push(gid);
    }
    return holders;
  }

  async deletedBelow(parent: Gid, limit: number): Promise<readonly Revision[]> {
    return this.#revisionsWith({ parent, newest: 1, state: oneOf(['deleted', 'left']) }, newestFirst, limit);
  }

  async collections(): Promise<readonly Collection[]> {
    const rows = await this.journal.consistently(async () =>
      this.#collections.find({ number: { $gt: 0 } }, { sort: { number: 1 } }),
    );
    return rows.flatMap(({ number, root }) => (number === undefined || root === undefined ? [] : [{ number, root }]));
  }

  async changes(range: WantedChanges, kind: Kind, limit: number): Promise<readonly Change[]> {
    return this.journal.consistently(async ({ head }) => {
      // Of what is still to come nothing is known.
      if (range.upTo > head.seq) return this.#readChanges(range, kind, limit);
      const walk = { range, kind, epoch: head.epoch };
      const ahead = this.readAhead.page(walk, limit);
      if ('page' in ahead) return ahead.page;
      const { more } = ahead;
      return this.readAhead.keep(walk, await this.#readChanges(range, kind, limit + more), { limit, more });
    });
  }

  async countChanges(range: ChangeRange, kind: Kind): Promise<number> {
    return this.journal.consistently(async () => this.#changes.count({ ...inRange(range), ...ofKind[kind] }));
  }

  async firstChangeNotFrom(peer: PeerNumber, range: ChangeRange): Promise<number | undefined> {
    const filter = { ...inRange(range), $or: [{ op: { $ne: peer } }, { ox: { $ne: 1 } }] };
    const row = await this.journal.consistently(async () => this.#changes.first(filter, oldestFirst));
    return row?.seq;
  }

  async changesAt(collection: CollectionNumber, gids: readonly Gid[], seq: number): Promise<ReadonlyMap<Gid, Change>> {
    if (gids.length === 0) return new Map();
    return this.journal.consistently(async () => {
      const filter = { c: collection, gid: oneOf(gids), seq: { $lte: seq }, until: { $gt: seq } };
      const changes = await this.#changesOf(await this.#changes.find(filter));
      const found = new Map(changes.map((change) => [change.gid, change]));
      // In the order in which they were asked for.
      return new Map(gids.flatMap((gid) => pairOf(gid, found.get(gid))));
    });
  }

  async changesOf(
    collection: CollectionNumber,
    atHand: ReadonlyMap<Gid, Revision>,
    seq: number,
  ): Promise<ReadonlyMap<Gid, Change>> {
    return this.changesAt(collection, [...atHand.keys()], seq);
  }

  async aliases(gids: readonly Gid[]): Promise<ReadonlyMap<Gid, Gid>> {
    const rows = await this.journal.consistently(async () => this.tables.rows<AliasRow>('alias').withKeys(gids));
    const kept = new Map(rows.map((row) => [row._id, row.kept]));
    return new Map(gids.flatMap((gid) => pairOf(gid, kept.get(gid))));
  }

  async #readChanges(range: WantedChanges, kind: Kind, limit: number): Promise<readonly Change[]> {
    const { notFrom } = range;
    const own = notFrom === undefined ? {} : notExactly(notFrom.peer, notFrom.epoch);
    const filter = { ...inRange(range), ...ofKind[kind], ...own };
    return this.#changesOf(await this.#changes.find(filter, { sort: oldestFirst, limit }));
  }

  /** The revisions of these changes, and perhaps some between them: a range is sooner read than as many keys. */
  async #revisionsAt(rows: readonly ChangeRow[]): Promise<readonly RevisionRow[]> {
    const seqs = rows.map(({ seq }) => seq);
    const [least, greatest] = [Math.min(...seqs), Math.max(...seqs)];
    if (seqs.length < leastRange || greatest - least >= seqs.length * widestRange)
      return this.#revisions.withKeys(seqs.map(numberKey));
    return this.#revisions.find({ _id: { $gte: numberKey(least), $lte: numberKey(greatest) } });
  }

  async #revisionsWith(
    ...[filter, sort, limit]: [Filter, Readonly<Record<string, 1 | -1>>?, number?]
  ): Promise<readonly Revision[]> {
    if (limit === 0) return [];
    return this.journal.consistently(async () => {
      const wanted = { ...(sort === undefined ? {} : { sort }), ...(limit === undefined ? {} : { limit }) };
      const rows = await this.#revisions.find(filter, wanted);
      return Promise.all(rows.map(async (row) => revisionOf(row, this.blobs)));
    });
  }

  async #versionsWith(filter: Filter, limit?: number): Promise<readonly Version[]> {
    if (limit === 0) return [];
    return this.journal.consistently(async () => {
      const rows = await this.#revisions.find(filter, { sort: byId, ...(limit === undefined ? {} : { limit }) });
      return Promise.all(rows.map(async (row) => versionOf(row, this.blobs)));
    });
  }

  async #changesOf(rows: readonly ChangeRow[]): Promise<readonly Change[]> {
    const bySeq = new Map((await this.#revisionsAt(rows)).map((row) => [row.seq, row]));
    const changes = rows.map(async ({ seq, gid, m }): Promise<readonly Change[]> => {
      const row = bySeq.get(seq);
      if (row === undefined) return [];
      const precededBy = row.prev === 0 ? undefined : row.prev;
      return [{ gid, revision: await revisionOf(row, this.blobs), isMember: m === 1, precededBy }];
    });
    return (await Promise.all(changes)).flat();
  }

  get #revisions(): MongoRows<RevisionRow> {
    return this.tables.rows<RevisionRow>('revision');
  }

  get #changes(): MongoRows<ChangeRow> {
    return this.tables.rows<ChangeRow>('change');
  }

  get #collections(): MongoRows<CollectionRow> {
    return this.tables.rows<CollectionRow>('collection');
  }
}

/** The newest change of each object in the range: the object's next change comes after it. */
function inRange({ collection, after, upTo }: ChangeRange): Filter {
  return { c: collection, seq: { $gt: after, $lte: upTo }, until: { $gt: upTo } };
}

function notExactly(peer: PeerNumber, epoch: string): Filter {
  return { $or: [{ op: { $ne: peer } }, { oe: { $ne: epoch } }, { ox: { $ne: 1 } }] };
}

function pairOf<Found>(gid: Gid, found: Found | undefined): readonly (readonly [Gid, Found])[] {
  return found === undefined ? [] : [[gid, found]];
}
