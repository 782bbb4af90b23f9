import type { Gid } from '../../src/objects/gid.ts';
import type { Position } from '../../src/objects/position.ts';
import type { PeerNumber, Revision } from '../../src/objects/revision.ts';
import type { ListedConflict, ListedLogLine } from '../../src/ports/peer-reader.ts';
import type { Exception } from '../../src/synchronization/exception.ts';
import type { CollectionNumber, Publication } from '../../src/synchronization/publication.ts';
import type { Subscriber } from '../../src/synchronization/subscriber.ts';
import type { Subscription } from '../../src/synchronization/subscription.ts';

/** One change of a collection: the revision with this sequence number, and whether the object is in the collection after it. */
export interface CollectionRow {
  readonly seq: number;
  readonly gid: Gid;
  readonly isMember: boolean;
}

/** The log range of a collection, by sequence number. */
export interface CollectionData {
  readonly root: Gid;
  rows: CollectionRow[];
}

/** A peer's row with what it is. */
export type PeerRecord =
  | { readonly kind: 'subscription'; readonly row: Subscription }
  | { readonly kind: 'subscriber'; readonly row: Subscriber };

/** All of a site. Its values are never changed, only replaced, so that a copy shares them. */
export interface MemoryData {
  head: Position;
  /** Of each object its revisions, oldest first. */
  readonly histories: Map<Gid, Revision[]>;
  readonly bySeq: Map<number, Revision>;
  /** Entries of the log that begin an epoch. */
  readonly epochs: Map<number, Position>;
  /** What is present below each object. */
  readonly children: Map<Gid, Set<Gid>>;
  readonly collections: Map<CollectionNumber, CollectionData>;
  collectionsMade: number;
  readonly aliases: Map<Gid, Gid>;
  readonly publications: Map<string, Publication>;
  readonly peers: Map<PeerNumber, PeerRecord>;
  peersMade: number;
  readonly messages: Map<PeerNumber, Uint8Array>;
  readonly pieces: Map<PeerNumber, readonly string[]>;
  readonly exceptions: Map<PeerNumber, Map<Gid, Exception>>;
  /** In the order in which they were last written. */
  readonly conflicts: Map<string, ListedConflict>;
  conflictsListed: number;
  readonly log: ListedLogLine[];
  rowsWritten: number;
}

/** A site with nothing in it. */
export function emptySite(head: Position): MemoryData {
  return {
    head,
    histories: new Map(),
    bySeq: new Map(),
    epochs: new Map(),
    children: new Map(),
    collections: new Map(),
    collectionsMade: 0,
    aliases: new Map(),
    publications: new Map(),
    peers: new Map(),
    peersMade: 0,
    messages: new Map(),
    pieces: new Map(),
    exceptions: new Map(),
    conflicts: new Map(),
    conflictsListed: 0,
    log: [],
    rowsWritten: 0,
  };
}

/** The same site, which goes its own way from here. */
export function copyOfSite(data: MemoryData): MemoryData {
  const each = <Key, Value>(map: ReadonlyMap<Key, Value>, copy: (value: Value) => Value): Map<Key, Value> =>
    new Map([...map].map(([key, value]) => [key, copy(value)]));
  return {
    ...data,
    histories: each(data.histories, (revisions) => [...revisions]),
    bySeq: new Map(data.bySeq),
    epochs: new Map(data.epochs),
    children: each(data.children, (gids) => new Set(gids)),
    collections: each(data.collections, ({ root, rows }) => ({ root, rows: [...rows] })),
    aliases: new Map(data.aliases),
    publications: new Map(data.publications),
    peers: new Map(data.peers),
    messages: new Map(data.messages),
    pieces: new Map(data.pieces),
    exceptions: each(data.exceptions, (known) => new Map(known)),
    conflicts: new Map(data.conflicts),
    log: [...data.log],
  };
}
