import { RequestError } from '../../errors/concord-error.ts';
import { heldBackUntil } from '../../synchronization/quarantine.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { forgetCarrier } from '../exchange/carrier-state.ts';
import { tracesOf } from '../exchange/taken-off.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { recordAdministration } from './published-terms.ts';

/** Which subscriber of which publication: by its Subscription URL, or by what that ends with after a slash. */
export interface SubscriberName {
  readonly publication: string;
  readonly subscriber: string;
}

/**
 * Takes a subscriber off a publication: nothing is kept for it any more, so that garbage collection need not wait for it. Nobody's objects change. When it syncs again
 * it needs its password, and both sides are compared: what both had and is deleted here is then deleted there, unless it was edited there since (engine.md §9).
 * Returns its URL.
 * @throws RequestError CON-R003 unknown publication; CON-R004 unknown subscriber, or a name that several have; CON-R012 while conflicts of it wait, because what it
 *   wrote stands in them
 */
export async function removeSubscriber(context: SiteContext, actor: Actor, name: SubscriberName): Promise<string> {
  const { store } = context;
  const subscriber = await subscriberNamed(context, name);
  const { peer, url } = subscriber;
  const open = await store.countConflicts({ peer, state: 'open' });
  if (open > 0)
    throw new RequestError(
      'CON-R012',
      `Conflicts of ${url} wait, ${open} in all, and would go with it: settle them first (concord conflicts ${context.site})`,
    );
  await forgetCarrier(context, peer);
  // Before it goes: by this a copy of its installation is noticed later.
  const line = { id: name.publication, text: `Subscriber ${url} removed`, details: tracesOf(subscriber) };
  await recordAdministration(context, actor, line);
  await store.removeSubscriber(peer);
  return url;
}

/**
 * Listens again to a subscriber that was held back because of what it did wrong. Returns its URL.
 * @throws RequestError CON-R003 unknown publication; CON-R004 unknown subscriber, or a name that several have; CON-R014 when it is not held back
 */
export async function releaseSubscriber(context: SiteContext, actor: Actor, name: SubscriberName): Promise<string> {
  const { store, clock } = context;
  const subscriber = await subscriberNamed(context, name);
  const { url, state } = subscriber;
  if (heldBackUntil(state.faults, clock.now()) === undefined)
    throw new RequestError('CON-R014', `${url} is not held back`);
  const row = { ...subscriber, state: { ...state, faults: undefined } };
  await store.update(() => Promise.resolve({ batch: { subscribers: [{ row }] }, result: undefined }));
  await recordAdministration(context, actor, { id: name.publication, text: `Subscriber ${url} released` });
  return url;
}

async function subscriberNamed(
  { store, site }: SiteContext,
  { publication, subscriber }: SubscriberName,
): Promise<Subscriber> {
  if ((await store.publication(publication)) === undefined)
    throw new RequestError('CON-R003', `The site “${site}” has no publication “${publication}”`);
  // There may be very many: only who was not named in full is looked for among them.
  const exact = await store.subscriber(publication, subscriber);
  if (exact !== undefined) return exact;
  const all = await store.subscribers(publication);
  const [found, ...others] = all.filter(({ url }) => url.endsWith(`/${subscriber}`));
  if (found !== undefined && others.length === 0) return found;
  const known = all.map(({ url }) => url).join(', ');
  const text = found === undefined ? `has no subscriber “${subscriber}”` : `has several subscribers “${subscriber}”`;
  throw new RequestError('CON-R004', `“${publication}” ${text}. Its subscribers: ${known === '' ? 'none' : known}`);
}
