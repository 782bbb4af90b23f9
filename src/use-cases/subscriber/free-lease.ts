import type { SiteContext } from '../site-context.ts';

/**
 * Frees a subscription whose sync was killed, so that the next one need not wait for the end of its lease. `mayBeAlive` says of a holder whether it can still be
 * at work.
 */
export async function freeLease(
  { store }: SiteContext,
  id: string,
  mayBeAlive: (holder: string) => boolean,
): Promise<void> {
  const held = await store.subscription(id);
  if (held?.state.lease === undefined || mayBeAlive(held.state.lease.holder)) return;
  await store.update(async () => {
    // Read again: another process may have freed and taken it meanwhile.
    const row = await store.subscription(id);
    if (row?.state.lease === undefined || mayBeAlive(row.state.lease.holder)) return { batch: {}, result: undefined };
    const freed = { ...row, state: { ...row.state, lease: undefined } };
    return { batch: { subscriptions: [{ row: freed }] }, result: undefined };
  });
}
