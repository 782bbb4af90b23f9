import type { Gid } from '../objects/gid.ts';
import type { PeerNumber } from '../objects/revision.ts';
import type { Conflict } from '../synchronization/conflict.ts';
import type { Exception } from '../synchronization/exception.ts';
import type { Publication } from '../synchronization/publication.ts';
import type { Subscriber } from '../synchronization/subscriber.ts';
import type { Subscription } from '../synchronization/subscription.ts';

/** A conflict with the place it has in the site's list of conflicts: each write moves it to the end, so that a list can be followed. */
export interface ListedConflict extends Conflict {
  readonly listedAt: number;
}

/** Which conflicts. */
export interface ConflictFilter {
  readonly state?: Conflict['state'];
  readonly role?: Conflict['role'];
  readonly peer?: PeerNumber;
  readonly gid?: Gid;
  /** Only those written after this place of the list. */
  readonly listedAfter?: number;
  readonly limit?: number;
}

/** One line of the site's log of synchronisations and of access. */
export interface LogLine {
  readonly at: number;
  readonly kind: 'sync' | 'conflict' | 'deletion' | 'access' | 'administration';
  readonly level: 'info' | 'warning' | 'error';
  /** The publication, subscription or account it is about. */
  readonly subject: string;
  readonly text: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Reads what a site knows about its peers. */
export interface PeerReader {
  publications(): Promise<readonly Publication[]>;
  publication(id: string): Promise<Publication | undefined>;
  subscriptions(): Promise<readonly Subscription[]>;
  subscription(id: string): Promise<Subscription | undefined>;
  subscribers(publication: string): Promise<readonly Subscriber[]>;
  subscriber(publication: string, url: string): Promise<Subscriber | undefined>;
  /** The bytes kept beside a peer's row: at a subscription the message that waits for its answer, at a subscriber the last answer. */
  message(peer: PeerNumber): Promise<Uint8Array | undefined>;

  /** Exceptions of a peer, by gid in order; a page of `limit` after `after`; with `gids` only those. */
  exceptions(
    peer: PeerNumber,
    options?: {
      readonly gids?: readonly Gid[];
      readonly after?: string;
      readonly limit?: number;
      readonly reason?: Exception['reason'];
    },
  ): Promise<ReadonlyMap<Gid, Exception>>;
  /** How many there are; with `reasons` only those. */
  countExceptions(peer: PeerNumber, reasons?: readonly Exception['reason'][]): Promise<number>;

  /** In the order in which they were last written. */
  conflicts(filter?: ConflictFilter): Promise<readonly ListedConflict[]>;
  conflict(id: string): Promise<ListedConflict | undefined>;
  countConflicts(filter?: ConflictFilter): Promise<number>;

  /** The newest lines first. */
  log(options?: { readonly limit?: number; readonly subject?: string }): Promise<readonly LogLine[]>;
}
