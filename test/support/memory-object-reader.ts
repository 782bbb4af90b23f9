import type { Gid } from '../../src/objects/gid.ts';
import { afterLossOf } from '../../src/objects/earlier-edits.ts';
import type { Position } from '../../src/objects/position.ts';
import type { PeerNumber, Revision } from '../../src/objects/revision.ts';
import type { Version } from '../../src/objects/version.ts';
import type { Change, ChangeRange, Collection, ObjectReader, WantedChanges } from '../../src/ports/object-reader.ts';
import type { Write } from '../../src/ports/site-store.ts';
import type { CollectionNumber } from '../../src/synchronization/publication.ts';
import type { CollectionData, CollectionRow, MemoryData } from './memory-site-data.ts';

type Kind = 'present' | 'gone' | 'all';

/** Reads the tree and the log of a site that is in memory. */
export class MemoryObjectReader implements ObjectReader {
  protected readonly data: MemoryData;
  protected rowsRead = 0;

  constructor(data: MemoryData) {
    this.data = data;
  }

  async head(): Promise<Position> {
    return this.data.head;
  }

  async positionAt(seq: number): Promise<Position | undefined> {
    if (seq === 0) return { epoch: this.data.head.epoch, seq: 0, hash: '' };
    const found = this.data.bySeq.get(seq) ?? this.data.epochs.get(seq);
    return found && { epoch: found.epoch, seq, hash: found.hash };
  }

  async hasLaterEpoch(): Promise<boolean> {
    return this.data.epochs.size > 0;
  }

  async current(gids: readonly Gid[]): Promise<ReadonlyMap<Gid, Revision>> {
    return this.#eachOf(gids, (gid) => this.data.histories.get(gid)?.at(-1));
  }

  async revision(seq: number): Promise<Revision | undefined> {
    return this.#read(this.data.bySeq.get(seq));
  }

  async history(
    gid: Gid,
    { before = Number.MAX_SAFE_INTEGER, limit = Number.MAX_SAFE_INTEGER } = {},
  ): Promise<readonly Revision[]> {
    const older = (this.data.histories.get(gid) ?? []).filter(({ seq }) => seq < before);
    return this.#readAll(older.reverse().slice(0, limit));
  }

  async revisionAt(gid: Gid, at: number): Promise<Revision | undefined> {
    return this.#read(this.data.histories.get(gid)?.findLast(({ seq }) => seq <= at));
  }

  async lastFrom(peer: PeerNumber, gid: Gid, after = 0): Promise<Revision | undefined> {
    const revisions = this.data.histories.get(gid);
    return this.#read(revisions?.findLast(({ seq, origin }) => seq > after && origin?.peer === peer && origin.isExact));
  }

  async hasShadows(): Promise<boolean> {
    return [...this.data.bySeq.values()].some(({ shadow }) => shadow !== undefined);
  }

  async children(parent: Gid, { after = '', limit = Number.MAX_SAFE_INTEGER } = {}): Promise<readonly Version[]> {
    const found = this.#present(parent).filter(({ id }) => isAfter(id, after));
    found.sort((a, b) => order(a.id, b.id) || order(a.gid, b.gid));
    return this.#readAll(found.slice(0, limit));
  }

  async countChildren(parent: Gid): Promise<number> {
    return this.data.children.get(parent)?.size ?? 0;
  }

  async named(parent: Gid, id: string): Promise<readonly Version[]> {
    const found = this.#present(parent).filter((version) => version.id === id);
    return this.#readAll(found.sort((a, b) => order(a.gid, b.gid)));
  }

  async holders(parent: Gid, ids: readonly string[]): Promise<ReadonlyMap<string, readonly Gid[]>> {
    const holders = new Map<string, Gid[]>();
    const wanted = new Set(ids);
    for (const { id, gid } of this.#readAll(this.#present(parent).filter((version) => wanted.has(version.id)))) {
      const gids = holders.get(id);
      if (gids === undefined) holders.set(id, [gid]);
      else gids.push(gid);
    }
    for (const gids of holders.values()) gids.sort(order);
    return holders;
  }

  async deletedBelow(parent: Gid, limit: number): Promise<readonly Revision[]> {
    const gone: Revision[] = [];
    for (const revisions of this.data.histories.values()) {
      const newest = revisions.at(-1);
      if (newest !== undefined && newest.state !== 'present' && newest.version.parent === parent) gone.push(newest);
    }
    return this.#readAll(gone.sort((a, b) => b.seq - a.seq).slice(0, limit));
  }

  async collections(): Promise<readonly Collection[]> {
    return [...this.data.collections].map(([number, { root }]) => ({ number, root }));
  }

  async changes(range: WantedChanges, kind: Kind, limit: number): Promise<readonly Change[]> {
    const { notFrom } = range;
    const found = this.#rowsIn(range, kind).map((row) => this.#changeOf(row));
    const wanted =
      notFrom === undefined
        ? found
        : found.filter(
            ({ revision: { origin } }) =>
              origin?.peer !== notFrom.peer || origin.epoch !== notFrom.epoch || !origin.isExact,
          );
    return this.#readAll(wanted.slice(0, limit));
  }

  async countChanges(range: ChangeRange, kind: Kind): Promise<number> {
    return this.#rowsIn(range, kind).length;
  }

  async firstChangeNotFrom(peer: PeerNumber, range: ChangeRange): Promise<number | undefined> {
    return this.#rowsIn(range, 'all').find((row) => {
      const { origin } = this.#changeOf(row).revision;
      return origin?.peer !== peer || !origin.isExact;
    })?.seq;
  }

  async changesAt(collection: CollectionNumber, gids: readonly Gid[], seq: number): Promise<ReadonlyMap<Gid, Change>> {
    const rows = this.data.collections.get(collection)?.rows ?? [];
    return this.#eachOf(gids, (gid) => {
      const row = rows.findLast((one) => one.gid === gid && one.seq <= seq);
      return row && this.#changeOf(row);
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
    return this.#eachOf(gids, (gid) => this.data.aliases.get(gid));
  }

  protected append({ epoch, seq, hash }: Position, { draft, collections }: Write): void {
    const { gid } = draft.version;
    const revision: Revision = { ...draft, epoch, seq, hash };
    const history = this.data.histories.get(gid);
    this.#place(history?.at(-1), revision);
    if (history === undefined) this.data.histories.set(gid, [revision]);
    else history.push(revision);
    this.data.bySeq.set(seq, revision);
    for (const { collection, isMember } of collections) {
      const known = this.data.collections.get(collection);
      if (known !== undefined) this.addRow(known, { seq, gid, isMember });
    }
  }

  protected addRow(collection: CollectionData, row: CollectionRow): void {
    collection.rows.push(row);
  }

  protected isAtOrBelow(gid: Gid, top: Gid): boolean {
    const seen = new Set<Gid>();
    let at: Gid | undefined = gid;
    while (at !== undefined && !seen.has(at)) {
      if (at === top) return true;
      seen.add(at);
      const newest: Revision | undefined = this.data.histories.get(at)?.at(-1);
      at = newest?.state === 'present' ? newest.version.parent : undefined;
    }
    return false;
  }

  /** All that is present below an object, once each. */
  protected *below(root: Gid): Generator<Revision> {
    const seen = new Set<Gid>();
    const parents = [root];
    for (const parent of parents) {
      for (const gid of this.data.children.get(parent) ?? []) {
        const newest = this.data.histories.get(gid)?.at(-1);
        if (newest === undefined || seen.has(gid)) continue;
        seen.add(gid);
        parents.push(gid);
        yield newest;
      }
    }
  }

  /** Sequence numbers of revisions that are neither the newest of their object, nor of a collection, up to `oldest`. */
  protected unneeded(oldest: number): readonly number[] {
    const needed = new Set<number>();
    for (const revisions of this.data.histories.values()) {
      needed.add(revisions.findLast(({ seq }) => seq <= oldest)?.seq ?? 0);
      const lastFrom = new Map<PeerNumber | undefined, Revision>();
      for (const revision of revisions) {
        const { seq, origin } = revision;
        if (seq <= oldest && (origin === undefined || origin.isExact)) lastFrom.set(origin?.peer, revision);
      }
      for (const { seq, shadow } of lastFrom.values()) if (shadow !== undefined) needed.add(seq);
    }
    for (const { rows } of this.data.collections.values()) {
      const newest = new Map(rows.filter(({ seq }) => seq <= oldest).map(({ gid, seq }) => [gid, seq]));
      for (const seq of newest.values()) needed.add(seq);
    }
    return [...this.data.bySeq.keys()].filter((seq) => seq <= oldest && !needed.has(seq));
  }

  protected forget(seq: number): void {
    const revision = this.data.bySeq.get(seq);
    if (revision === undefined) return;
    const { gid } = revision.version;
    const history = this.data.histories.get(gid) ?? [];
    const next = history[history.indexOf(revision) + 1];
    const heir = next && { ...next, edits: afterLossOf(revision, next.edits) };
    this.data.bySeq.delete(seq);
    if (heir !== undefined) this.data.bySeq.set(heir.seq, heir);
    const left = history.filter((one) => one !== revision);
    this.data.histories.set(
      gid,
      left.map((one) => (one === next && heir !== undefined ? heir : one)),
    );
  }

  #place(before: Revision | undefined, { state, version }: Revision): void {
    if (before !== undefined) this.data.children.get(before.version.parent)?.delete(version.gid);
    if (state !== 'present') return;
    const siblings = this.data.children.get(version.parent);
    if (siblings === undefined) this.data.children.set(version.parent, new Set([version.gid]));
    else siblings.add(version.gid);
  }

  #present(parent: Gid): Version[] {
    return [...(this.data.children.get(parent) ?? [])].flatMap(
      (gid) => this.data.histories.get(gid)?.at(-1)?.version ?? [],
    );
  }

  /** The newest row of each object in the range, in log order. */
  #rowsIn({ collection, after, upTo }: ChangeRange, kind: Kind): readonly CollectionRow[] {
    const seen = new Set<Gid>();
    const found: CollectionRow[] = [];
    for (const row of (this.data.collections.get(collection)?.rows ?? []).toReversed()) {
      if (row.seq <= after) break;
      if (row.seq > upTo || seen.has(row.gid)) continue;
      seen.add(row.gid);
      if (kind === 'all' || row.isMember === (kind === 'present')) found.push(row);
    }
    return found.reverse();
  }

  #changeOf({ seq, gid, isMember }: CollectionRow): Change {
    const revision = this.data.bySeq.get(seq);
    if (revision === undefined) throw new Error(`entry ${String(seq)} of the log is gone, but not its change`);
    const before = (this.data.histories.get(gid) ?? []).findLast((one) => one.seq < seq);
    return { gid, revision, isMember, precededBy: before?.seq };
  }

  #eachOf<Found>(gids: readonly Gid[], find: (gid: Gid) => Found | undefined): ReadonlyMap<Gid, Found> {
    const found = new Map<Gid, Found>();
    for (const gid of gids) {
      const one = find(gid);
      if (one !== undefined) found.set(gid, one);
    }
    this.rowsRead += found.size;
    return found;
  }

  #read<Found>(found: Found | undefined): Found | undefined {
    if (found !== undefined) this.rowsRead += 1;
    return found;
  }

  #readAll<Found>(found: readonly Found[]): readonly Found[] {
    this.rowsRead += found.length;
    return found;
  }
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return isAfter(a, b) ? 1 : -1;
}

/** In code point order, which is the one of SQLite's bytes; UTF-16 differs above the basic plane. */
function isAfter(id: string, other: string): boolean {
  const isPlain = !/[\ud800-\udfff]/.test(id) && !/[\ud800-\udfff]/.test(other);
  return isPlain ? id > other : Buffer.compare(Buffer.from(id), Buffer.from(other)) > 0;
}
