import { InvariantError, RequestError, TransportError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import type { SessionKind, SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import { readPublisherHello } from '../../synchronization/wire/hello.ts';
import { openingAlert } from '../../synchronization/wire/read-commands.ts';
import { messageLimitsFor } from '../../syncml/limits.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { decodeMessage } from '../../syncml/xml/decode-message.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { SiteContext } from '../site-context.ts';
import { withCredential } from './compose-message.ts';
import { isUnknownToken, refusalError, refusalIn } from './refusal.ts';
import { deliver } from './hand-over.ts';
import { newSession } from './open-session.ts';
import type { SyncControl } from './running-sync.ts';
import { composeMessage } from './subscriber-turn.ts';

/** Who asks for a preview. */
export interface Asking {
  readonly context: SiteContext;
  readonly subscription: Subscription;
  readonly control: Omit<SyncControl, 'onProgress'>;
}

/** Of what kind of sync; in a comparison, from where the list goes on, as of which position of the publisher. */
export interface Question {
  readonly kind: SessionKind;
  readonly listAfter?: number;
  readonly plannedAt?: Position;
}

/** The publisher's answer to a preview, and the session that it would belong to. */
export interface Asked {
  readonly message: SyncMlMessage;
  readonly session: SubscriberSession;
  readonly hello: PublisherHello;
}

/** Asks what a sync would do; nothing is written here. Throws as `previewSync` does. */
export async function askPreview(asking: Asking, question: Question): Promise<Asked> {
  const { subscription } = asking;
  const asked = await ask(asking, question);
  const refusal = refusalIn(asked.message);
  if (refusal === undefined) return heard(asked);
  if (!isUnknownToken(refusal, subscription) || subscription.password === '') throw refusalError(refusal);
  const again = await ask({ ...asking, subscription: { ...subscription, token: '' } }, question);
  const refusedAgain = refusalIn(again.message);
  if (refusedAgain !== undefined) throw refusalError(refusedAgain);
  return heard(again);
}

function heard(asked: Omit<Asked, 'hello'>): Asked {
  const alert = openingAlert(asked.message);
  if (alert === undefined) throw new TransportError('CON-T002', 'The address does not answer like a publication');
  return { ...asked, hello: readPublisherHello(alert) };
}

async function ask(
  { context, subscription, control }: Asking,
  { kind, listAfter = 0, plannedAt }: Question,
): Promise<Omit<Asked, 'hello'>> {
  const { services } = control;
  const head = await context.store.head();
  const options = { options: { holder: 'preview' } };
  const session = {
    ...(await newSession({ context, ...options }, { subscription, head, beginning: { kind } })),
    plannedAt,
  };
  const query = services.query(subscription.query);
  const turn = { context, services, subscription, session, query, isPreview: true, listAfter };
  const { batch } = await composeMessage(turn);
  const bytes = batch.subscriptions?.[0]?.message;
  if (bytes === undefined || bytes === null) throw new InvariantError('CON-I001', 'a preview has no message');
  const body = withCredential(bytes, subscription, context.vault);
  const delivery = await deliver({ context, services, control, ...options }, subscription, { session, bytes: body });
  if (delivery.outcome !== 'answered')
    throw new RequestError('CON-R008', 'A preview needs a publisher that answers at once');
  return { message: read(delivery.body, services), session };
}

function read(body: Uint8Array, { maxMessageOctets }: EngineServices): SyncMlMessage {
  try {
    return decodeMessage(new TextDecoder().decode(body), messageLimitsFor(maxMessageOctets * 2));
  } catch (cause) {
    throw new TransportError('CON-T002', 'The address does not answer with SyncML', { cause });
  }
}
