import type { Change } from '../../synchronization/change.ts';
import type { Cursor } from '../../synchronization/subscription.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Finding } from './finding.ts';
import type { Outlook } from './outlook.ts';

/** A change of which a piece has gone, and where it was found. */
export interface CutChange {
  readonly finding: Extract<Finding, { kind: 'difference' }>;
  readonly change: Change;
}

/** Each takes the memory of a large document. */
const maxKept = 2;
/** A document of which no piece has gone for so long belongs to a session that was broken off, or goes by mail. */
const lifetimeMs = 60_000;

/**
 * The changes that are on their way in pieces, so that a large document is read, compared and described once and not for each of its pieces. It only saves time: what
 * is not kept is found again. One for the whole process; owns what it keeps, and lets go of it with the last piece, or when something else is looked for later.
 */
export class CutChanges {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly cut: CutChange; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(key: string, cut: CutChange): void {
    this.#forgetOld();
    this.#kept.delete(key);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= maxKept) this.#kept.delete(oldest);
    this.#kept.set(key, { cut, at: this.#clock.now() });
  }

  drop(key: string): void {
    this.#kept.delete(key);
  }

  /** The change that was kept, as long as what is remembered of its object at the peer is what it was. */
  async find(key: string, { store, peer }: Outlook): Promise<CutChange | undefined> {
    this.#forgetOld();
    const cut = this.#kept.get(key)?.cut;
    if (cut === undefined) return undefined;
    const { gid, exception } = cut.finding.difference;
    const now = (await store.exceptions(peer, { gids: [gid] })).get(gid);
    return JSON.stringify(now) === JSON.stringify(exception) ? cut : undefined;
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [key, { at }] of this.#kept) if (now - at > lifetimeMs) this.#kept.delete(key);
  }
}

/** Names all that the change after a cursor rests on, whichever piece of it is next; `settings`: what else the filling goes by. */
export function cutKey(outlook: Outlook, { pieceAt: _, ...cursor }: Cursor, settings: readonly unknown[]): string {
  const { store, peer, collection, from, heldAt, upTo, inFlightUpTo, hasReceived, peersEpoch } = outlook;
  const positions = [from, heldAt, upTo, inFlightUpTo, hasReceived, peersEpoch];
  return JSON.stringify([store.site, peer, collection, positions, cursor, settings]);
}
