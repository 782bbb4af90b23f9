import { isAbandoned, lastHeardOf } from '../../synchronization/abandoned.ts';
import { knownUpTo } from '../../synchronization/known-up-to.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { removeSubscriber } from './remove-subscriber.ts';

/** A subscriber for which the log is kept, though it has not been heard of for long. */
export interface AbandonedSubscriber {
  readonly publication: string;
  readonly url: string;
  readonly lastHeardOf: number;
  /** Of its conflicts that still wait: its values stand in them, so it cannot be taken off. */
  readonly openConflicts: number;
}

const pageSize = 100;
const dayMs = 24 * 60 * 60 * 1000;
const clockwork: Actor = { name: 'clock', roles: ['Manager'] };

/** Those of all publications, the furthest behind first. Cost follows those that are behind, not how many there are. */
export async function abandonedSubscribers(
  context: SiteContext,
  unseenMs: number,
): Promise<readonly AbandonedSubscriber[]> {
  const { store } = context;
  const found: AbandonedSubscriber[] = [];
  for (const { id } of await store.publications()) {
    let page: readonly Subscriber[] = [];
    do {
      page = await behindAfter(context, id, page.at(-1));
      for (const subscriber of page)
        if (await isAbandonedNow(context, subscriber, unseenMs)) found.push(await described(context, subscriber));
    } while (page.length === pageSize);
  }
  return found;
}

/** A page of those that lack something of the log. */
async function behindAfter(
  { store }: SiteContext,
  publication: string,
  after: Subscriber | undefined,
): Promise<readonly Subscriber[]> {
  const { seq } = await store.head();
  const page = await store.subscribersBehind(publication, pageSize, after);
  return page.filter(({ state }) => knownUpTo(state) < seq);
}

async function isAbandonedNow(
  { store, clock }: SiteContext,
  subscriber: Subscriber | undefined,
  unseenMs: number,
): Promise<boolean> {
  if (subscriber === undefined) return false;
  return isAbandoned(subscriber.state, { now: clock.now(), head: (await store.head()).seq, unseenMs });
}

async function described(
  { store }: SiteContext,
  { publication, url, state, peer }: Subscriber,
): Promise<AbandonedSubscriber> {
  const openConflicts = await store.countConflicts({ peer, state: 'open' });
  return { publication, url, lastHeardOf: lastHeardOf(state) ?? 0, openConflicts };
}

/**
 * By the operator's rule: takes off their publications those that have not been heard of for so many days, as `removeSubscriber` does, but for those whose conflicts wait; 0: nobody.
 * Each is a line of the log. Returns those that went.
 */
export async function expelAbandoned(
  context: SiteContext,
  expelAfterDays: number,
): Promise<readonly AbandonedSubscriber[]> {
  if (expelAfterDays <= 0) return [];
  const expelled: AbandonedSubscriber[] = [];
  const unseenMs = expelAfterDays * dayMs;
  for (const one of await abandonedSubscribers(context, unseenMs)) {
    if (one.openConflicts > 0) continue;
    // To look at all takes a while, in which one may have come back.
    const asItIsNow = await context.store.subscriber(one.publication, one.url);
    if (!(await isAbandonedNow(context, asItIsNow, unseenMs))) continue;
    await removeSubscriber(context, clockwork, { publication: one.publication, subscriber: one.url });
    await context.store.record({
      at: context.clock.now(),
      kind: 'administration',
      level: 'warning',
      subject: one.publication,
      text: `${one.url} was expelled: not heard of for ${expelAfterDays} days or more`,
      details: { subscriber: one.url, lastHeardOf: one.lastHeardOf, expelAfterDays },
    });
    expelled.push(one);
  }
  return expelled;
}
