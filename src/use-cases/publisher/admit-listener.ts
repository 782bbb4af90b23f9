import { AuthenticityError, RequestError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import type { Publication } from '../../synchronization/publication.ts';
import { isAllowed } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { actorNamed } from '../administration/access.ts';
import { requireSeal } from '../exchange/seals.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { hashOf, isSameSecret, requireSynchronizer } from './credentials.ts';
import { refuseHeldBack } from './hold-back.ts';

/** A subscription, as its publisher knows it. */
export interface ListenerId {
  readonly publication: string;
  /** The Subscription URL. */
  readonly url: string;
}

/** A subscriber that wants to be told when something has changed, and as whom it came. */
export interface Listener extends ListenerId {
  readonly account: string;
  /** Of the network. */
  readonly address: string;
  /** Of the subscription's own token; undefined when it came some other way. */
  readonly tokenHash: string | undefined;
  /** Ends a connection that takes nothing any more. */
  readonly cutOff?: () => void;
}

/** Who listens, and to what, as they are now. */
export interface Admitted {
  readonly publication: Publication;
  readonly subscriber: Subscriber;
}

/**
 * The account whose subscription has this token; undefined when it is none of this subscription's. Where messages must be sealed nobody is let in by what travels in clear;
 * strangers do not learn that it is so.
 * @throws AuthenticityError CON-A005 where messages must be sealed
 */
export async function accountByToken(
  context: SiteContext,
  { publication: id, url }: ListenerId,
  token: string | undefined,
): Promise<Actor | undefined> {
  const publication = await context.store.publication(id);
  if (publication === undefined) return undefined;
  const subscriber = token === undefined ? undefined : await context.store.subscriber(id, url);
  if (token === undefined || subscriber === undefined || !isSameSecret(hashOf(token), subscriber.tokenHash))
    return undefined;
  if (publication.keyName !== '') requireSeal(publication.keyName, 'account:', undefined);
  return actorNamed(context, subscriber.account);
}

/**
 * Returns when the listener may be told of changes, by the rights of a sync; asked again and again while it listens.
 * @throws RequestError CON-R003 no such publication, CON-R004 no such subscriber (any more)
 * @throws AuthenticityError CON-A001 account or token are gone, CON-A002 it may not pull, CON-A003 (`later`) locked, CON-A005 to be sealed now
 * @throws ProtocolError CON-S004 (`later`) held back
 */
export async function admitListener(context: SiteContext, listener: Listener): Promise<Admitted> {
  const { publication: id, url, account, address, tokenHash } = listener;
  const publication = await context.store.publication(id);
  if (publication === undefined)
    throw new RequestError('CON-R003', `There is no publication “${id}” at ${context.site}`);
  if (publication.keyName !== '') requireSeal(publication.keyName, 'account:', undefined);
  const actor = await actorNamed(context, account);
  if (actor === undefined) throw new AuthenticityError('CON-A001', 'The account is not there any more');
  requireSynchronizer(actor);
  const subscriber = await context.store.subscriber(id, url);
  if (subscriber === undefined)
    throw new RequestError('CON-R004', `${url} has not synchronised with “${id}” yet, or was taken off it`);
  if (subscriber.account !== account)
    throw new AuthenticityError('CON-A002', 'This subscription belongs to another account');
  if (!isAllowed(publication.mayPull, account))
    throw new AuthenticityError('CON-A002', `The account may not pull from “${id}”`);
  if (tokenHash !== undefined && tokenHash !== subscriber.tokenHash)
    throw new AuthenticityError('CON-A001', 'The token is not known any more');
  if (tokenHash === undefined && context.signInGuard.isLocked({ name: account, address }))
    throw new AuthenticityError('CON-A003', 'Too many wrong passwords for this account', { retry: 'later' });
  refuseHeldBack(context, subscriber);
  return { publication, subscriber };
}

/** Up to where the subscriber has the publisher's log, as the publisher knows it; undefined before it has anything. */
export function knownPosition({ state: { offered, checkpoints } }: Subscriber): Position | undefined {
  return (offered?.checkpoint ?? checkpoints.at(-1))?.publisher;
}
