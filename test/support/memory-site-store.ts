import { RequestError, StoreError } from '../../src/errors/concord-error.ts';
import type { NewActivity } from '../../src/activities/activity.ts';
import type { Gid } from '../../src/objects/gid.ts';
import { advance, type Position, startOfLog } from '../../src/objects/position.ts';
import type { PeerNumber } from '../../src/objects/revision.ts';
import { summaryOf } from '../../src/objects/revision.ts';
import type { Identifiers } from '../../src/ports/identifiers.ts';
import type { LogLine } from '../../src/ports/peer-reader.ts';
import type { SiteNotes } from '../../src/ports/site-notes.ts';
import type { Batch, Decision, SiteStore } from '../../src/ports/site-store.ts';
import type { CollectionNumber, Publication } from '../../src/synchronization/publication.ts';
import type { Subscriber } from '../../src/synchronization/subscriber.ts';
import type { Subscription } from '../../src/synchronization/subscription.ts';
import { MemoryPeerReader } from './memory-peer-reader.ts';
import { copyOfSite, emptySite, type MemoryData, type PeerRecord } from './memory-site-data.ts';

/** What a store in memory takes from outside. */
interface Surroundings {
  readonly identifiers: Identifiers;
  /** Notes are none of the engine's business: they are kept elsewhere. */
  readonly notes: SiteNotes;
  /** Told of each batch that was committed. */
  readonly onCommit?: (batch: Batch) => void;
  /** Takes the activities of a batch; left out: they are dropped. */
  readonly queueUp?: (activities: readonly NewActivity[]) => void;
}

/** A site's data in the memory of one process: a SiteStore that keeps every promise of the port but that of outliving the process. */
export class MemorySiteStore extends MemoryPeerReader implements SiteStore {
  readonly site: string;
  readonly notes: SiteNotes;
  readonly #surroundings: Surroundings;
  #last: Promise<unknown> = Promise.resolve();

  constructor(site: string, surroundings: Surroundings, data?: MemoryData) {
    super(data ?? emptySite(startOfLog(surroundings.identifiers.random())));
    this.site = site;
    this.notes = surroundings.notes;
    this.#surroundings = surroundings;
  }

  /** All that is here at this moment, for another store: what a backup has. */
  backUp(): MemoryData {
    return copyOfSite(this.data);
  }

  get statistics(): { readonly rowsRead: number; readonly rowsWritten: number } {
    return { rowsRead: this.rowsRead, rowsWritten: this.data.rowsWritten };
  }

  async update<Result>(decide: (head: Position) => Promise<Decision<Result>>): Promise<Result> {
    return this.#inTurn(async () => {
      const { batch, result } = await decide(this.data.head);
      this.#commit(batch);
      return result;
    });
  }

  async openCollection(root: Gid): Promise<CollectionNumber> {
    return this.#inTurn(() => {
      for (const [number, known] of this.data.collections) if (known.root === root) return number;
      const number = (this.data.collectionsMade += 1);
      const below = [...this.below(root)].sort((a, b) => a.seq - b.seq);
      const collection = { root, rows: [] };
      this.data.collections.set(number, collection);
      for (const { seq, version } of below) this.addRow(collection, { seq, gid: version.gid, isMember: true });
      return number;
    });
  }

  async closeCollection(collection: CollectionNumber): Promise<void> {
    await this.#inTurn(() => this.data.collections.delete(collection));
  }

  async savePublication(publication: Publication): Promise<void> {
    await this.#inTurn(() => this.data.publications.set(publication.id, publication));
  }

  async removePublication(id: string): Promise<void> {
    await this.#inTurn(() => {
      for (const [peer, { kind, row }] of this.data.peers)
        if (kind === 'subscriber' && row.publication === id) this.#removePeer(peer);
      this.data.publications.delete(id);
    });
  }

  async addSubscription(subscription: Omit<Subscription, 'peer' | 'version'>): Promise<Subscription> {
    return this.#inTurn(() => {
      const isTaken = [...this.data.peers.values()].some(
        ({ kind, row }) => kind === 'subscription' && row.id === subscription.id,
      );
      if (isTaken) throw new RequestError('CON-R006', `There is a subscription “${subscription.id}” already`);
      const row: Subscription = { ...subscription, ...this.#nextPeer() };
      this.data.peers.set(row.peer, { kind: 'subscription', row });
      return row;
    });
  }

  async removeSubscription(id: string): Promise<void> {
    await this.#inTurn(() => {
      for (const [peer, { kind, row }] of this.data.peers)
        if (kind === 'subscription' && row.id === id) this.#removePeer(peer);
    });
  }

  async addSubscriber(subscriber: Omit<Subscriber, 'peer' | 'version'>): Promise<Subscriber> {
    return this.#inTurn(() => {
      const isTaken = [...this.data.peers.values()].some(
        ({ kind, row }) =>
          kind === 'subscriber' && row.publication === subscriber.publication && row.url === subscriber.url,
      );
      if (isTaken) throw new RequestError('CON-R006', `There is a subscriber “${subscriber.url}” already`);
      const row: Subscriber = { ...subscriber, ...this.#nextPeer() };
      this.data.peers.set(row.peer, { kind: 'subscriber', row });
      return row;
    });
  }

  async removeSubscriber(peer: PeerNumber): Promise<void> {
    await this.#inTurn(() => {
      if (this.data.peers.get(peer)?.kind === 'subscriber') this.#removePeer(peer);
    });
  }

  async startEpoch(): Promise<Position> {
    return this.#inTurn(() => {
      const epoch = this.#surroundings.identifiers.random();
      this.data.head = advance({ ...this.data.head, epoch }, JSON.stringify(['epoch']));
      this.data.epochs.set(this.data.head.seq, this.data.head);
      return this.data.head;
    });
  }

  async record(line: LogLine): Promise<void> {
    this.data.log.push({ ...line, number: this.data.log.length + 1 });
  }

  async collectGarbage(oldest: number, keep: ReadonlySet<number>): Promise<number> {
    return this.#inTurn(() => {
      const going = new Set(this.unneeded(oldest).filter((seq) => !keep.has(seq)));
      for (const seq of going) this.forget(seq);
      for (const collection of this.data.collections.values())
        collection.rows = collection.rows.filter((row) => !going.has(row.seq));
      return going.size;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(() => undefined);
  }

  async #inTurn<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const own = this.#last.then(work, work);
    this.#last = own.catch(() => undefined);
    return own;
  }

  /** What can be refused comes first: from then on nothing fails, so that all of the batch is there or nothing. */
  #commit(batch: Batch): void {
    const rows = [...(batch.subscriptions ?? []), ...(batch.subscribers ?? [])];
    for (const { row } of rows) this.#requireVersion(row);
    for (const write of batch.writes ?? []) {
      this.data.head = advance(this.data.head, summaryOf(write.draft));
      this.append(this.data.head, write);
    }
    for (const { row, message } of batch.subscriptions ?? [])
      this.#savePeer({ kind: 'subscription', row: { ...row, version: row.version + 1 } }, message);
    for (const { peer, from, texts } of batch.pieces ?? [])
      this.data.pieces.set(peer, [...(this.data.pieces.get(peer) ?? []).slice(0, from), ...texts]);
    for (const { row, message } of batch.subscribers ?? [])
      this.#savePeer({ kind: 'subscriber', row: { ...row, version: row.version + 1 } }, message);
    this.#commitExceptions(batch);
    for (const conflict of batch.conflicts ?? []) {
      this.data.conflicts.delete(conflict.id);
      this.data.conflicts.set(conflict.id, { ...conflict, listedAt: (this.data.conflictsListed += 1) });
    }
    for (const { given, kept } of batch.aliases ?? []) this.data.aliases.set(given, kept);
    for (const line of batch.log ?? []) this.data.log.push({ ...line, number: this.data.log.length + 1 });
    const counted = [batch.writes, batch.conflicts, batch.exceptions, rows];
    this.data.rowsWritten += counted.reduce((sum, part) => sum + (part?.length ?? 0), 0);
    this.#surroundings.queueUp?.(batch.activities ?? []);
    this.#surroundings.onCommit?.(batch);
  }

  #requireVersion({ peer, version }: Subscription | Subscriber): void {
    if (this.data.peers.get(peer)?.row.version === version) return;
    throw new StoreError('CON-D005', 'Another process has moved this synchronisation on', {
      retry: 'later',
      peer,
      version,
    });
  }

  #savePeer(record: PeerRecord, message: Uint8Array | null | undefined): void {
    this.data.peers.set(record.row.peer, record);
    if (message === null) this.data.messages.delete(record.row.peer);
    else if (message !== undefined) this.data.messages.set(record.row.peer, message);
  }

  #commitExceptions(batch: Batch): void {
    for (const { peer, reason } of batch.dropExceptions ?? []) {
      const known = this.exceptionsOf(peer);
      for (const [gid, exception] of known) if (reason === undefined || exception.reason === reason) known.delete(gid);
    }
    for (const { peer, gid, exception } of batch.exceptions ?? []) {
      if (exception === undefined) this.exceptionsOf(peer).delete(gid);
      else this.exceptionsOf(peer).set(gid, exception);
    }
  }

  #nextPeer(): { readonly peer: PeerNumber; readonly version: number } {
    return { peer: (this.data.peersMade += 1), version: 1 };
  }

  #removePeer(peer: PeerNumber): void {
    this.data.peers.delete(peer);
    this.data.messages.delete(peer);
    this.data.pieces.delete(peer);
    this.data.exceptions.delete(peer);
    for (const [id, conflict] of this.data.conflicts) if (conflict.peer === peer) this.data.conflicts.delete(id);
  }
}
