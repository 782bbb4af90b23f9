import type { Gid } from '../../objects/gid.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';

/** An object that a sync sent although it changed before the sync before: it had been kept back, or was wanted again. */
export interface SentLate {
  readonly gid: Gid;
  /** The peer had some version of it. */
  readonly wasHeld: boolean;
}

const pageSize = 500;
/** So many rows are looked through, and so many objects told. */
const maxRows = 2_000;
const maxObjects = 200;

/** What a span says of it: nothing where there is nothing. */
export async function spanOfLate(
  store: PeerReader,
  range: LateRange,
): Promise<{ readonly late?: readonly SentLate[] }> {
  const late = await sentLate(store, range);
  return late.length === 0 ? {} : { late };
}

/**
 * What a sync that ends now has sent of what stands in the own log at or before `sentAfter`: its span does not cover it (ADR 0003). Bounded; costs nothing where
 * there are no exceptions. `except`: those whose rows are about to change.
 */
async function sentLate(
  store: PeerReader,
  { peer, sentAfter, except = new Set() }: LateRange,
): Promise<readonly SentLate[]> {
  const late: SentLate[] = [];
  for (let after = '', rows = 0; rows < maxRows; rows += pageSize) {
    const page = await store.exceptions(peer, { reason: 'received', after, limit: pageSize });
    for (const [gid, exception] of page) {
      after = gid;
      if (exception.reason !== 'received' || exception.received.outcome > sentAfter || except.has(gid)) continue;
      late.push({ gid, wasHeld: exception.holds.kind !== 'nothing' });
      if (late.length === maxObjects) return late;
    }
    if (page.size < pageSize) return late;
  }
  return late;
}

interface LateRange {
  readonly peer: PeerNumber;
  readonly sentAfter: number;
  readonly except?: ReadonlySet<Gid>;
}
