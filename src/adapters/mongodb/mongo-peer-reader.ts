import type { Field } from '../../objects/edit.ts';
import { type Gid, topGid } from '../../objects/gid.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type {
  ConflictFilter,
  ListedConflict,
  ListedLogLine,
  LogFilter,
  PeerReader,
  SubscriberFilter,
} from '../../ports/peer-reader.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Publication } from '../../synchronization/publication.ts';
import { knownUpTo } from '../../synchronization/known-up-to.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { MongoObjectReader } from './mongo-object-reader.ts';
import type { Filter } from './mongo-rows.ts';
import { oneOf } from './one-of.ts';
import { conflictOf, lineOf, readRecord, subscriberOf, subscriptionOf } from './peer-records.ts';
import { longFields } from './revision-rows.ts';
import {
  type ConflictRow,
  type ExceptionRow,
  type LogLineRow,
  numberKey,
  type PeerRow,
  type PieceRow,
  type RecordRow,
  type RevisionRow,
} from './site-tables.ts';

interface ExceptionOptions {
  readonly gids?: readonly Gid[];
  readonly after?: string;
  readonly limit?: number;
  readonly reason?: Exception['reason'];
}

const byName = { name: 1 } as const;
const listPage = 500;

/** Reads publications, peers, conflicts and the log of synchronisations of a site out of MongoDB, beside the objects. */
export class MongoPeerReader extends MongoObjectReader implements PeerReader {
  async publications(): Promise<readonly Publication[]> {
    const filter = { record: { $gt: '' } };
    const rows = await this.journal.consistently(async () =>
      this.tables.rows<RecordRow>('publication').find(filter, { sort: { _id: 1 } }),
    );
    return rows.map(({ record }) => readRecord<Publication>(record));
  }

  async publication(id: string): Promise<Publication | undefined> {
    const row = await this.journal.consistently(async () => this.tables.rows<RecordRow>('publication').get(id));
    return row?.record === undefined ? undefined : readRecord<Publication>(row.record);
  }

  async subscriptions(): Promise<readonly Subscription[]> {
    return (await this.#peers({ kind: 'subscription' })).map(subscriptionOf);
  }

  async subscription(id: string): Promise<Subscription | undefined> {
    const [row] = await this.#peers({ kind: 'subscription', publication: '', name: id });
    return row === undefined ? undefined : subscriptionOf(row);
  }

  async subscribers(publication: string): Promise<readonly Subscriber[]> {
    return (await this.#peers({ kind: 'subscriber', publication })).map(subscriberOf);
  }

  async subscribersBehind(
    publication: string,
    limit: number,
    after?: Pick<Subscriber, 'state' | 'peer'>,
  ): Promise<readonly Subscriber[]> {
    if (limit === 0) return [];
    const sort = { knownUpTo: 1, number: 1 } as const;
    const known = after === undefined ? -1 : knownUpTo(after.state);
    const isAfter = [{ knownUpTo: { $gt: known } }, { knownUpTo: known, number: { $gt: after?.peer ?? 0 } }];
    const condition = { kind: 'subscriber', publication, ...(after !== undefined && { $or: isAfter }) };
    const rows = await this.journal.consistently(async () =>
      this.tables.rows<PeerRow>('peer').find(condition, { sort, limit }),
    );
    return rows.map(subscriberOf);
  }

  async countSubscribers(publication: string, filter: SubscriberFilter = {}): Promise<number> {
    const { knowingLessThan, isInSession, account } = filter;
    const condition = {
      ...{ kind: 'subscriber', publication },
      ...(knowingLessThan === undefined ? {} : { knownUpTo: { $lt: knowingLessThan } }),
      ...(isInSession === undefined ? {} : { inSession: 1 }),
      ...(account === undefined ? {} : { account }),
    };
    return this.journal.consistently(async () => this.tables.rows<PeerRow>('peer').count(condition));
  }

  async subscriber(publication: string, url: string): Promise<Subscriber | undefined> {
    const [row] = await this.#peers({ kind: 'subscriber', publication, name: url });
    return row === undefined ? undefined : subscriberOf(row);
  }

  async message(peer: PeerNumber): Promise<Uint8Array | undefined> {
    return this.journal.consistently(async () => {
      const row = await this.tables.rows<PeerRow>('peer').get(numberKey(peer));
      return row?.message === undefined ? undefined : this.blobs.octets(row.message);
    });
  }

  async pieces(peer: PeerNumber): Promise<readonly string[]> {
    return this.journal.consistently(async () => {
      const rows = await this.tables.rows<PieceRow>('piece').find({ peer }, { sort: { number: 1 } });
      return Promise.all(rows.map(async ({ blob, text = '' }) => (blob === undefined ? text : this.blobs.text(blob))));
    });
  }

  async exceptions(peer: PeerNumber, options: ExceptionOptions = {}): Promise<ReadonlyMap<Gid, Exception>> {
    const { gids, after, limit, reason } = options;
    if (gids?.length === 0 || limit === 0) return new Map();
    const range = {
      ...(gids === undefined ? {} : { $in: gids }),
      ...(after === undefined ? {} : { $gt: after }),
    };
    const filter = {
      peer,
      ...(Object.keys(range).length === 0 ? {} : { gid: range }),
      ...(reason === undefined ? {} : { reason }),
    };
    const rows = await this.journal.consistently(async () =>
      this.tables
        .rows<ExceptionRow>('exception')
        .find(filter, { sort: { gid: 1 }, ...(limit === undefined ? {} : { limit }) }),
    );
    return new Map(
      rows.flatMap(({ gid, record }) => (gid === undefined ? [] : [[gid, readRecord<Exception>(record)]])),
    );
  }

  async countExceptions(peer: PeerNumber, reasons?: readonly Exception['reason'][]): Promise<number> {
    if (reasons?.length === 0) return 0;
    const filter = { peer, ...(reasons === undefined ? {} : { reason: { $in: reasons } }) };
    return this.journal.consistently(async () => this.tables.rows<ExceptionRow>('exception').count(filter));
  }

  async conflicts(filter: ConflictFilter = {}): Promise<readonly ListedConflict[]> {
    return this.journal.consistently(async () => this.#conflicts(filter));
  }

  async conflict(id: string): Promise<ListedConflict | undefined> {
    const row = await this.journal.consistently(async () => this.tables.rows<ConflictRow>('conflict').get(id));
    return row?.record === undefined ? undefined : conflictOf(row);
  }

  async countConflicts(filter: ConflictFilter = {}): Promise<number> {
    const { limit, ...rest } = filter;
    const all = await this.journal.consistently(async () =>
      filter.below === undefined
        ? this.tables.rows<ConflictRow>('conflict').count(conditionOf(filter))
        : (await this.#conflicts(rest)).length,
    );
    return Math.min(all, limit ?? all);
  }

  async conflictFields(limit: number): Promise<readonly Field[]> {
    const fields = await this.journal.consistently(async () =>
      this.tables.rows<ConflictRow>('conflict').texts('field', { state: 'open' }),
    );
    // Holds: the field is written from Conflict only.
    return (fields as readonly Field[]).toSorted(byCodePoints).slice(0, limit);
  }

  async log(options: LogFilter = {}): Promise<readonly ListedLogLine[]> {
    const { limit, subject, kinds, before } = options;
    if (limit === 0 || kinds?.length === 0) return [];
    const filter = {
      ...(subject === undefined ? {} : { subject }),
      ...(kinds === undefined ? {} : { kind: oneOf(kinds) }),
      ...(before === undefined ? {} : { number: { $lt: before } }),
    };
    const lines = this.tables.rows<LogLineRow>('logLine');
    const wanted = { sort: { number: -1 }, without: ['span'], ...(limit === undefined ? {} : { limit }) } as const;
    return (await this.journal.consistently(async () => lines.find(filter, wanted))).map(lineOf);
  }

  async logLine(number: number): Promise<ListedLogLine | undefined> {
    const row = await this.journal.consistently(async () =>
      this.tables.rows<LogLineRow>('logLine').get(numberKey(number)),
    );
    return row === undefined ? undefined : lineOf(row);
  }

  /** The rows of peers, as they are while nobody looks whether a turn is under way. */
  protected async peersWith(filter: Filter): Promise<readonly PeerRow[]> {
    return this.tables.rows<PeerRow>('peer').find(filter, { sort: byName });
  }

  async #peers(filter: Filter): Promise<readonly PeerRow[]> {
    return this.journal.consistently(async () => this.peersWith(filter));
  }

  async #conflicts(filter: ConflictFilter): Promise<readonly ListedConflict[]> {
    const { limit = Number.POSITIVE_INFINITY, below, listedAfter = 0 } = filter;
    const found: ConflictRow[] = [];
    let after = listedAfter;
    while (found.length < limit) {
      const size = below === undefined ? Math.min(limit - found.length, listPage) : listPage;
      const condition = { ...conditionOf(filter), listedAt: { $gt: after } };
      const page = await this.tables
        .rows<ConflictRow>('conflict')
        .find(condition, { sort: { listedAt: 1 }, limit: size });
      found.push(...(below === undefined ? page : await this.#below(page, below)));
      after = page.at(-1)?.listedAt ?? after;
      if (page.length < size) break;
    }
    return found.slice(0, limit).map(conflictOf);
  }

  /** Those of an object that is this one, or stands below it. The tree is walked upwards, from all of them at once. */
  async #below(rows: readonly ConflictRow[], top: Gid): Promise<readonly ConflictRow[]> {
    const parents = new Map<Gid, Gid | undefined>();
    let next = [...new Set(rows.flatMap(({ gid }) => (gid === undefined ? [] : [gid])))];
    while (next.length > 0) {
      const found = await this.tables
        .rows<RevisionRow>('revision')
        .find({ gid: { $in: next }, newest: 1, state: 'present' }, { without: longFields });
      for (const gid of next) parents.set(gid, undefined);
      for (const { gid, parent } of found) if (gid !== undefined) parents.set(gid, parent);
      next = [...new Set(found.flatMap(({ parent }) => (parent === undefined || parent === topGid ? [] : [parent])))];
      next = next.filter((gid) => !parents.has(gid));
    }
    return rows.filter(({ gid }) => {
      const seen = new Set<Gid>();
      for (let at = gid; at !== undefined && !seen.has(at); at = parents.get(at)) {
        if (at === top) return true;
        seen.add(at);
      }
      return false;
    });
  }
}

/** In the order of code points, as databases sort. */
function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function conditionOf(filter: ConflictFilter): Filter {
  const { state, role, peer, gid, peers, field, openedFrom, openedBefore, listedAfter = 0 } = filter;
  const opened = {
    ...(openedFrom === undefined ? {} : { $gte: openedFrom }),
    ...(openedBefore === undefined ? {} : { $lt: openedBefore }),
  };
  const equal = Object.entries({ state, role, gid, field }).filter(([, value]) => value !== undefined);
  const ofPeers = peers === undefined ? undefined : { $in: peers.filter((one) => peer === undefined || one === peer) };
  return {
    listedAt: { $gt: listedAfter },
    ...Object.fromEntries(equal),
    ...(ofPeers === undefined ? (peer === undefined ? {} : { peer }) : { peer: ofPeers }),
    ...(Object.keys(opened).length === 0 ? {} : { openedAt: opened }),
  };
}
