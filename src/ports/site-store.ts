import type { NewActivity } from '../activities/activity.ts';
import type { Gid } from '../objects/gid.ts';
import type { Position } from '../objects/position.ts';
import type { PeerNumber, RevisionDraft } from '../objects/revision.ts';
import type { Conflict } from '../synchronization/conflict.ts';
import type { Exception } from '../synchronization/exception.ts';
import type { CollectionNumber, Publication } from '../synchronization/publication.ts';
import type { Subscriber } from '../synchronization/subscriber.ts';
import type { Subscription } from '../synchronization/subscription.ts';
import type { ObjectReader } from './object-reader.ts';
import type { LogLine, PeerReader } from './peer-reader.ts';
import type { SiteNotes } from './site-notes.ts';

/** A revision to be written, and in which collections it stands: as a member, or as one that leaves. */
export interface Write {
  readonly draft: RevisionDraft;
  /** The object has no revision yet, so that nobody need look whether its document is stored already. Only saves time. */
  readonly isFirst?: boolean;
  readonly collections: readonly { readonly collection: CollectionNumber; readonly isMember: boolean }[];
}

/** What is decided together and written together: all of it, or nothing. */
export interface Batch {
  /** In log order; they get the sequence numbers that follow the head given to `update`. */
  readonly writes?: readonly Write[];
  readonly exceptions?: readonly {
    readonly peer: PeerNumber;
    readonly gid: Gid;
    readonly exception: Exception | undefined;
  }[];
  /** Drops all exceptions of a peer that have this reason (all of them when undefined), before the others are written. */
  readonly dropExceptions?: readonly { readonly peer: PeerNumber; readonly reason: Exception['reason'] | undefined }[];
  readonly conflicts?: readonly Conflict[];
  /** New state of a peer's row; refused with CON-D005 when the row's version is no longer the one given. `message`: undefined keeps, null drops. */
  readonly subscriptions?: readonly { readonly row: Subscription; readonly message?: Uint8Array | null }[];
  readonly subscribers?: readonly { readonly row: Subscriber; readonly message?: Uint8Array | null }[];
  /** Pieces of a document that is on its way from a peer: the first `from` that are kept stay, and these come behind. */
  readonly pieces?: readonly { readonly peer: PeerNumber; readonly from: number; readonly texts: readonly string[] }[];
  readonly aliases?: readonly { readonly given: Gid; readonly kept: Gid }[];
  readonly activities?: readonly NewActivity[];
  readonly log?: readonly LogLine[];
}

/** What `update` hands to the one who decides: the end of the log, which stays the end until the batch is committed. */
export interface Decision<Result> {
  readonly batch: Batch;
  readonly result: Result;
}

/**
 * One site's data: tree, log, peers, conflicts and activities. Reads are of committed data. All writing goes through `update`.
 * Every method may reject with StoreError: CON-D001 (`later`) when locked too long, CON-D002 when the disk is full, CON-D004 when damaged.
 */
export interface SiteStore extends ObjectReader, PeerReader, AsyncDisposable {
  readonly site: string;

  /** What is kept beside the engine's own rows. */
  readonly notes: SiteNotes;

  /**
   * Decides and commits. `decide` reads what it needs and returns a batch; nobody else of this process writes meanwhile, and if another process did, nothing is
   * written and `decide` runs again on the new head (so it must have no effects of its own). Atomic: after a kill all of the batch is there, or nothing.
   * What counts as writing is every batch, and every other change of peers, publications, collections and epochs, so that a decision never rests on any of
   * them as they were. Within `decide` one may read; a call of this store that changes anything would wait for itself.
   * @throws StoreError CON-D005 (`later`) when others were faster too many times
   */
  update<Result>(decide: (head: Position) => Promise<Decision<Result>>): Promise<Result>;

  /**
   * The collection of the nodes below `root`; made when it is not there yet, with a change for every object below, at the position of its newest revision.
   */
  openCollection(root: Gid): Promise<CollectionNumber>;
  /** Forgets the collection's own log range. The objects stay. */
  closeCollection(collection: CollectionNumber): Promise<void>;

  /** Creates or changes a publication, by id. */
  savePublication(publication: Publication): Promise<void>;
  /** With all its subscribers, their exceptions and conflicts. */
  removePublication(id: string): Promise<void>;
  /** The store numbers the row. @throws RequestError CON-R006 when the id is taken */
  addSubscription(subscription: Omit<Subscription, 'peer' | 'version'>): Promise<Subscription>;
  removeSubscription(id: string): Promise<void>;
  /** @throws RequestError CON-R006 when that URL is known to the publication already */
  addSubscriber(subscriber: Omit<Subscriber, 'peer' | 'version'>): Promise<Subscriber>;
  removeSubscriber(peer: PeerNumber): Promise<void>;

  /** Starts a new epoch, and writes its first entry at once (engine.md §2): after a restore, or for a copy that becomes a site of its own. */
  startEpoch(): Promise<Position>;

  /** Adds a line to the log. */
  record(line: LogLine): Promise<void>;

  /** Rows read and written since the store was opened, for the benchmark's count of cost. */
  readonly statistics: { readonly rowsRead: number; readonly rowsWritten: number };

  /**
   * Removes revisions that nobody needs (engine.md §9): of each object it keeps the newest at or before `oldest`, and all later ones; and those whose
   * sequence numbers are in `keep`. Of each collection, too, the newest change of an object at or before `oldest` stays, with its revision: that it left is
   * not forgotten; and the newest that came from a peer and is what the peer has, where it has a shadow. The edits of what goes are known with the object's next revision (`afterLossOf`). Takes pages of the log one after the other, and lets others write in between. Returns how many went.
   */
  collectGarbage(oldest: number, keep: ReadonlySet<number>): Promise<number>;
}
