import { delayBeforeRetry } from '../../activities/retry.ts';
import type { RetryRules } from '../../activities/retry.ts';
import { ConcordError, TransportError } from '../../errors/concord-error.ts';
import type { ChangeNews, ChangeQuestion, ChangeSource } from '../../ports/change-source.ts';
import { isLeased } from '../../synchronization/lease.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { requestFollowedSync } from '../administration/schedule.ts';
import type { SiteContext } from '../site-context.ts';
import type { FollowLease } from './follow-lease.ts';

/** What following takes. */
export interface FollowServices {
  readonly source: ChangeSource;
  readonly retry: RetryRules;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/** The waits between two tries: those who were cut off together, because the publisher was restarted, do not come back together. */
export const defaultFollowRetry: RetryRules = { firstMs: 4_000, longestMs: 300_000 };

/** A connection that held so long was a good one. */
const goodAfterMs = 60_000;
const whileSyncRunsMs = 1_000;
const longestAskedWaitMs = 86_400_000;

/**
 * Listens to the publisher until the signal is aborted or the subscription is not to be followed any more, comes again after each cut, and queues a sync when there is
 * something new. Says at the lease how it stands.
 * @throws StoreError when the own store cannot be read or written
 */
export async function followPublication(
  context: SiteContext,
  { id, lease, signal }: { readonly id: string; readonly lease: FollowLease; readonly signal: AbortSignal },
  services: FollowServices,
): Promise<void> {
  const { clock } = context;
  let failures = 0;
  while (!signal.aborted) {
    const subscription = await context.store.subscription(id);
    if (subscription?.follow !== true) return;
    const startedAt = clock.now();
    const failure = await listenOnce(context, subscription, { lease, signal, source: services.source });
    if (isStopped(signal)) return;
    failures = clock.now() - startedAt >= goodAfterMs ? 0 : failures + 1;
    await lease.tell({ state: 'reconnecting', since: clock.now(), code: failure.code, message: failure.message });
    const tried = { retries: failures - 1, maxRetries: Infinity, retry: 'later' } as const;
    const delay = delayBeforeRetry(services.retry, tried, services.random()) ?? services.retry.longestMs;
    await clock.sleep(Math.max(delay, askedForMs(failure)), signal);
  }
}

// A function, so that the compiler does not take the answer for known.
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}

interface Listening {
  readonly lease: FollowLease;
  readonly signal: AbortSignal;
  readonly source: ChangeSource;
}

/** Until the connection ends. Returns why. */
async function listenOnce(
  context: SiteContext,
  subscription: Subscription,
  { lease, signal, source }: Listening,
): Promise<ConcordError> {
  const { id } = subscription;
  try {
    // The publisher tells only those it has met.
    if (subscription.state.lastSyncAt === undefined) await requestFollowedSync(context, id);
    const everything = await source.listen(questionOf(context, subscription), signal);
    await lease.tell({ state: 'connected', since: context.clock.now() });
    for await (const news of everything) await wake(context, id, { news, signal });
    return new TransportError('CON-T003', 'The publisher has ended the connection', { retry: 'later' });
  } catch (error) {
    // Of the own store: whoever runs this is told.
    if (error instanceof ConcordError && !error.code.startsWith('CON-D')) return error;
    throw error;
  }
}

function questionOf({ vault }: SiteContext, subscription: Subscription): ChangeQuestion {
  const { publicationUrl, publication, subscriptionUrl, user, password, token } = subscription;
  return {
    publicationUrl,
    publication,
    subscription: subscriptionUrl,
    credential:
      token === ''
        ? { kind: 'password', user, password: password === '' ? '' : vault.open(password) }
        : { kind: 'token', token: vault.open(token) },
    after: subscription.state.checkpoints.at(-1)?.publisher,
  };
}

/** Queues a sync, unless what was told of is here already: the publisher tells of what this subscription has sent, too. */
async function wake(
  context: SiteContext,
  id: string,
  { news, signal }: { readonly news: ChangeNews; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const subscription = await context.store.subscription(id);
    if (subscription === undefined || isKnown(subscription, news)) return;
    const isRunning = isLeased(subscription.state.lease, context.clock.now());
    if (!isRunning) {
      await requestFollowedSync(context, id);
      return;
    }
    // It may bring just that.
    await context.clock.sleep(whileSyncRunsMs, signal);
  }
}

function isKnown({ state }: Subscription, news: ChangeNews): boolean {
  if (news === 'settled') return false;
  const { epoch, seq } = news;
  const known = state.checkpoints.at(-1)?.publisher;
  return known?.epoch === epoch && known.seq >= seq;
}

function askedForMs({ details: { retryAfter } }: ConcordError): number {
  const seconds = typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 0;
  return Math.min(seconds * 1000, longestAskedWaitMs);
}
