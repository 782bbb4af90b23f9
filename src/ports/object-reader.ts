import type { Gid } from '../objects/gid.ts';
import type { Position } from '../objects/position.ts';
import type { PeerNumber, Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import type { CollectionNumber } from '../synchronization/publication.ts';

/** The newest revision of an object within a collection, up to some position; not a member: the object has left, or is gone. */
export interface Change {
  readonly gid: Gid;
  readonly revision: Revision;
  readonly isMember: boolean;
  /** Where the revision of the object before this one stands in the log; undefined when there is none (any more). */
  readonly precededBy: number | undefined;
}

/** Which changes of a collection: those after one position up to another, one per object, its newest. */
export interface ChangeRange {
  readonly collection: CollectionNumber;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly upTo: number;
}

/** Versions that came from a peer, out of one epoch of its log, and are exactly what it holds. */
export interface VersionsOf {
  readonly peer: PeerNumber;
  readonly epoch: string;
}

/** Which changes of a collection to read. */
export interface WantedChanges extends ChangeRange {
  /** Leaves out what the peer itself holds. */
  readonly notFrom?: VersionsOf | undefined;
}

/** A set of nodes with a log range of its own: all nodes below `root`. */
export interface Collection {
  readonly number: CollectionNumber;
  readonly root: Gid;
}

/** Reads the tree and the log of one site. What is read is committed, and never has a gap (engine.md §2). */
export interface ObjectReader {
  /** The end of the log. */
  head(): Promise<Position>;

  /** The position of one log entry; undefined when the log does not reach so far, or gc took it. */
  positionAt(seq: number): Promise<Position | undefined>;
  /** Whether the log has begun an epoch after its first one: the site was restored, or lost what it had last. */
  hasLaterEpoch(): Promise<boolean>;

  /** The newest revision of each object; objects that never were are not in the answer. */
  current(gids: readonly Gid[]): Promise<ReadonlyMap<Gid, Revision>>;

  /** The revision with this sequence number. */
  revision(seq: number): Promise<Revision | undefined>;

  /** The revisions of one object, newest first, at most `limit` of them, older than `before` where given. */
  history(gid: Gid, options?: { readonly before?: number; readonly limit?: number }): Promise<readonly Revision[]>;

  /** The newest revision of the object at or before a position, wherever in the tree it was. */
  revisionAt(gid: Gid, seq: number): Promise<Revision | undefined>;

  /** The newest revision of the object that came from this peer and is exactly what the peer holds; only one behind `after`, where that is given. */
  lastFrom(peer: PeerNumber, gid: Gid, after?: number): Promise<Revision | undefined>;

  /** Whether the log has any revision with a shadow. Costs nothing where it has none. */
  hasShadows(): Promise<boolean>;

  /** The objects directly below a parent that are there now, by id in code point order; a page of `limit` after the id `after`. */
  children(parent: Gid, options?: { readonly after?: string; readonly limit?: number }): Promise<readonly Version[]>;

  /** How many objects are directly below. */
  countChildren(parent: Gid): Promise<number>;

  /** The objects with this id below the parent: one, but for moments within a package. */
  named(parent: Gid, id: string): Promise<readonly Version[]>;

  /** Who has these ids below the parent now; an id that nobody has is not in the answer. */
  holders(parent: Gid, ids: readonly string[]): Promise<ReadonlyMap<string, readonly Gid[]>>;

  /** Objects that are gone now and whose last parent was this one, newest deletion first. */
  deletedBelow(parent: Gid, limit: number): Promise<readonly Revision[]>;

  /** All collections of the site. */
  collections(): Promise<readonly Collection[]>;

  /**
   * Changes of a collection in log order: one per object, its newest in the range; a page of at most `limit`. `present` are those whose newest revision is a
   * member, `gone` those that left or were deleted. Cost follows the range of the collection, not the log.
   */
  changes(range: WantedChanges, kind: 'present' | 'gone' | 'all', limit: number): Promise<readonly Change[]>;

  /** How many objects `changes` would give, of whomever. */
  countChanges(range: ChangeRange, kind: 'present' | 'gone' | 'all'): Promise<number>;

  /** The first change of the collection in the range that is not exactly a version of this peer; undefined when there is none. */
  firstChangeNotFrom(peer: PeerNumber, range: ChangeRange): Promise<number | undefined>;

  /** What the collection held of each object at a position: its newest change at or before it. Objects without one are not in the answer. */
  changesAt(collection: CollectionNumber, gids: readonly Gid[], seq: number): Promise<ReadonlyMap<Gid, Change>>;

  /** As `changesAt`, of objects of which a revision is at hand: where that is the one, it need not be read again. */
  changesOf(
    collection: CollectionNumber,
    atHand: ReadonlyMap<Gid, Revision>,
    seq: number,
  ): Promise<ReadonlyMap<Gid, Change>>;

  /** The gid that took the place of one that was given up at a first meeting (engine.md §1). */
  aliases(gids: readonly Gid[]): Promise<ReadonlyMap<Gid, Gid>>;
}
