import type { Field } from '../objects/edit.ts';
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
  /** Only those of one of these peers. */
  readonly peers?: readonly PeerNumber[];
  /** Only those of an object that is this one, or stands below it now. */
  readonly below?: Gid;
  readonly field?: Field;
  /** Opened at or after, and before, these times. */
  readonly openedFrom?: number;
  readonly openedBefore?: number;
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

/** A line with its place in the log, by which it is named and pages are cut. */
export interface ListedLogLine extends LogLine {
  readonly number: number;
}

/** Which lines of the log. */
export interface LogFilter {
  readonly limit?: number;
  readonly subject?: string;
  readonly kinds?: readonly LogLine['kind'][];
  /** Only lines older than the one with this number. */
  readonly before?: number;
}

/** Which subscribers are counted. */
export interface SubscriberFilter {
  /** Only those that know less of the publisher's log than up to here. */
  readonly knowingLessThan?: number;
  /** Only those with a session that has begun and not ended. */
  readonly isInSession?: true;
  /** Only those of this account. */
  readonly account?: string;
}

/** Reads what a site knows about its peers. */
export interface PeerReader {
  publications(): Promise<readonly Publication[]>;
  publication(id: string): Promise<Publication | undefined>;
  subscriptions(): Promise<readonly Subscription[]>;
  subscription(id: string): Promise<Subscription | undefined>;
  subscribers(publication: string): Promise<readonly Subscriber[]>;
  /** Those that know least of the publisher's log (`knownUpTo`), the furthest behind first; at most `limit`, and only such as come after `after`, as it was when it was read. Cost follows `limit`, not how many there are. */
  subscribersBehind(
    publication: string,
    limit: number,
    after?: Pick<Subscriber, 'state' | 'peer'>,
  ): Promise<readonly Subscriber[]>;
  /** How many there are, without reading their rows. */
  countSubscribers(publication: string, filter?: SubscriberFilter): Promise<number>;
  subscriber(publication: string, url: string): Promise<Subscriber | undefined>;
  /** The bytes kept beside a peer's row: at a subscription the message that waits for its answer, at a subscriber the last answer. */
  message(peer: PeerNumber): Promise<Uint8Array | undefined>;
  /** The pieces that are kept of a document that is on its way from a peer, in their order. */
  pieces(peer: PeerNumber): Promise<readonly string[]>;

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

  /** Fields of open conflicts, each once, in code point order; at most `limit`. Cost follows the fields, not the conflicts. */
  conflictFields(limit: number): Promise<readonly Field[]>;

  /** The newest lines first, without what is only in a single line: `details.span`. A page reads as many lines as it has, for each kind. */
  log(options?: LogFilter): Promise<readonly ListedLogLine[]>;
  /** One line with all its details. */
  logLine(number: number): Promise<ListedLogLine | undefined>;
}
