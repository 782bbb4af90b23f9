import { ConcordError, ProtocolError } from '../../errors/concord-error.ts';
import { heldBackUntil, withFault } from '../../synchronization/quarantine.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { SiteContext } from '../site-context.ts';

/**
 * Turns away a subscriber that is held back, before anything is done for it: one that is broken or hostile must not take what the others need.
 * @throws ProtocolError CON-S004 (`later`)
 */
export function refuseHeldBack({ clock }: SiteContext, subscriber: Subscriber | undefined): void {
  const faults = subscriber?.state.faults;
  const now = clock.now();
  const until = heldBackUntil(faults, now);
  if (faults === undefined || until === undefined) return;
  const minutes = Math.ceil((until - now) / 60_000);
  const text = `This subscriber is held back for ${minutes} minutes after ${faults.count} faults in a row, the last: ${faults.reason}`;
  throw new ProtocolError('CON-S004', text, { retry: 'later', retryAfter: String(minutes * 60) });
}

/** Remembers what a subscriber did wrong, if it was a fault of the protocol: nobody else can do it for it, because it has shown who it is. */
export async function noteFault(context: SiteContext, known: Subscriber | undefined, cause: unknown): Promise<void> {
  // A message that comes late, or of a session that has ended, is none.
  if (known === undefined || !(cause instanceof ProtocolError) || cause.retry === 'later' || cause.code === 'CON-S003')
    return;
  const { store, clock } = context;
  const subscriber = await store.subscriber(known.publication, known.url);
  if (subscriber === undefined) return;
  const at = clock.now();
  const faults = withFault(subscriber.state.faults, { at, reason: `${cause.code} ${cause.message}`.slice(0, 200) });
  const row = { ...subscriber, state: { ...subscriber.state, faults } };
  const text = `${known.url} is held back: ${faults.count} faults in a row, the last: ${faults.reason}`;
  const line = {
    at,
    kind: 'sync',
    level: 'warning',
    subject: known.publication,
    text,
    details: { ...faults },
  } as const;
  const log = faults.until === undefined ? [] : [line];
  try {
    await store.update(() => Promise.resolve({ batch: { subscribers: [{ row }], log }, result: undefined }));
  } catch (error) {
    // Another process has just written the row: the next fault counts.
    if (!(error instanceof ConcordError) || error.code !== 'CON-D005') throw error;
  }
}
