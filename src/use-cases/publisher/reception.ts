import type { Gid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import type { Write } from '../../synchronization/equivalence.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import type { SiteContext } from '../site-context.ts';
import type { ItemOutcome } from './item-outcome.ts';

/** What a package of changes is received into. */
export interface Reception {
  readonly context: SiteContext;
  readonly publication: Publication;
  readonly subscriber: Subscriber;
  /** The epoch of the subscriber's log, in which the changes' numbers count. */
  readonly epoch: string;
  /** How many more deletions may be applied. */
  readonly deletionsLeft: number;
  readonly mayPush: boolean;
  /** Refresh: the subscriber's state replaces what is here, without asking. */
  readonly isRefresh: boolean;
  /** The log has only grown since the two sides last agreed on it. */
  readonly hasOnlyGrown: boolean;
  /** The places that the subscriber names are of a log that this site has lost. */
  readonly namesLostLog: boolean;
  readonly keys: KeyRules | undefined;
  /** How the publication's conduit writes what comes; undefined: as it comes. */
  readonly write: Write | undefined;
  /** How the subscriber's does. */
  readonly subscribersWrite: Write | undefined;
  readonly keyOf: (version: Version) => string | undefined;
  readonly freeMemory?: (() => Promise<void>) | undefined;
}

/** What came of it. */
export interface ReceivedPackage {
  readonly outcomes: readonly ItemOutcome[];
  readonly orphans: readonly Gid[];
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}
