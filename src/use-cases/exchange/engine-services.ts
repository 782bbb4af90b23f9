import type { Query } from '../../objects/query.ts';
import type { BrakeSettings } from '../../synchronization/brake.ts';
import type { Patience } from '../../synchronization/carried.ts';
import type { Actor } from '../site-context.ts';

/** From here on it is worth some milliseconds not to have two forms of a message in memory at a time. */
export const largeOctets = 1_000_000;

/** What the engine needs beside a site. */
export interface EngineServices {
  /** What tells this site from all others, whatever it is called: a ring of sites is known by it. */
  readonly identity: string;
  /** Who signs in so at this site; undefined when name or password is wrong. */
  readonly authenticate: (name: string, password: string) => Promise<Actor | undefined>;
  /** The account with this name, as it may act now; undefined when it was removed. */
  readonly actorNamed: (name: string) => Promise<Actor | undefined>;
  readonly query: (text: string) => Query;
  readonly brake: BrakeSettings;
  /** The largest message that this side takes and sends. */
  readonly maxMessageOctets: number;
  /** A sync that has not renewed its lease for so long is taken over by another. */
  readonly leaseMs?: number;
  /** How long an answer is waited for that somebody brings. */
  readonly patience?: Patience;
  /** Is told to which session a message that came in belongs, as soon as that is known. */
  readonly onSession?: (id: string) => void;
  /** Called where much was let go of, and much follows. May do nothing. */
  readonly freeMemory?: () => Promise<void>;
}
