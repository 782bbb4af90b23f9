import { ProtocolError } from '../../errors/concord-error.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { openingAlert } from '../../synchronization/wire/read-commands.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { Seal } from '../exchange/seals.ts';
import { requireSeal } from '../exchange/seals.ts';
import type { SiteContext } from '../site-context.ts';
import type { Admitted } from './admit.ts';
import { admit } from './admit.ts';
import { refuseHeldBack } from './hold-back.ts';

/** A message, or as much of it as has been read. */
export interface Exchange {
  readonly context: SiteContext;
  readonly services: EngineServices;
  readonly message: SyncMlMessage;
  readonly sealedBy: readonly string[] | undefined;
}

/** What a message is about. */
export interface Known {
  readonly publication: Publication;
  readonly subscriber: Subscriber | undefined;
}

/** Who has shown who it is. */
export interface Identified extends Known {
  readonly account: Admitted;
  /** How answers are sealed. */
  readonly seal: Seal | undefined;
}

/**
 * Who sends a message, by its credential and its seal; the beginning of the message is enough.
 * @throws AuthenticityError CON-A00n
 * @throws ProtocolError CON-R003 no such publication, CON-S003 no such session, CON-S004 for a subscriber that is held back
 */
export async function identifyHeard(exchange: Exchange): Promise<Identified> {
  const identified = await identify(exchange);
  refuseHeldBack(exchange.context, identified.subscriber);
  return identified;
}

async function identify(exchange: Exchange): Promise<Identified> {
  const known = await findSubscriber(exchange);
  const { keyName } = known.publication;
  // A password is not even tried for a message that came in clear.
  if (keyName !== '' && exchange.sealedBy === undefined) requireSeal(keyName, 'account:', undefined);
  const account = await admit(exchange, known.subscriber);
  const owner = `account:${account.actor.name}` as const;
  requireSeal(keyName, owner, exchange.sealedBy);
  return { ...known, account, seal: keyName === '' ? undefined : { keyNames: [keyName], owner } };
}

/** By the Alert that opens a session, else by the session that is open. */
async function findSubscriber(exchange: Exchange): Promise<Known> {
  const { context, message } = exchange;
  const { store } = context;
  const url = message.header.source.locUri;
  const alert = openingAlert(message);
  if (alert !== undefined) {
    const id = alert.items[0]?.target?.locUri ?? '';
    const publication = await store.publication(id);
    if (publication === undefined) {
      // Who may not ask is not told what there is.
      await admit(exchange, undefined);
      throw new ProtocolError('CON-R003', `There is no publication “${id}” at ${context.site}`);
    }
    return { publication, subscriber: await store.subscriber(publication.id, url) };
  }
  for (const publication of await store.publications()) {
    const subscriber = await store.subscriber(publication.id, url);
    if (
      subscriber?.state.session?.id === message.header.sessionId ||
      subscriber?.state.lastExchange?.session === message.header.sessionId
    ) {
      return { publication, subscriber };
    }
  }
  throw new ProtocolError('CON-S003', 'There is no such session');
}
