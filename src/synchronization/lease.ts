/** Who runs a sync, until when. */
interface Lease {
  readonly holder: string;
  readonly until: number;
}

/** The longest lease that can be configured. */
const longestLeaseMs = 86_400_000;

/** Clocks of several machines may differ by less. */
export const clockToleranceMs = 60_000;

/**
 * Whether a lease still runs. One that ends later than any of `leaseMs` that was taken by now was taken before a clock was set back: it would hold the work up for as long,
 * and a holder that lives is kept from harm by the version of the row.
 */
export function isLeased(lease: Lease | undefined, now: number, leaseMs = longestLeaseMs): boolean {
  return lease !== undefined && lease.until > now && lease.until <= now + leaseMs + clockToleranceMs;
}
