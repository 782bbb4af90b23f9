import { isCarried } from '../../synchronization/carried.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { encodeMessage } from '../../syncml/xml/encode-message.ts';
import type { Transport } from '../../ports/transport.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { FilledMessage, WrittenAhead } from '../exchange/filling-ahead.ts';
import { commandNumbers, headerStatus, replyHeader } from '../exchange/reply.ts';
import type { SiteContext } from '../site-context.ts';
import { frameOf, subscriberHeader, syncOf, withCredential } from './compose-message.ts';

/** A session that waits for the answer to its present message. */
interface Waiting {
  readonly context: SiteContext;
  readonly services: EngineServices;
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
}

/**
 * Writes the message after the present one as it will be when the answer to that has nothing to say but that all is well, and lets the way prepare it: then it goes out
 * as soon as the answer has come. The last one of a package waits for its turn, because more may come into it; so does what is sealed.
 */
export function writeAhead(
  { context, services, subscription, session }: Waiting,
  { writer, filled }: FilledMessage,
  transport: Transport,
): WrittenAhead | undefined {
  const { publicationUrl: url, keyName } = subscription;
  if (filled.isDone || keyName !== '' || isCarried(url)) return undefined;
  const headerOf = (message: number): SyncMlMessage['header'] =>
    subscriberHeader(subscription, { session: session.id, message }, services.maxMessageOctets);
  const number = commandNumbers();
  const present = { header: headerOf(session.lastMessage), body: [], isFinal: false };
  const answer = { ...present, header: replyHeader(present) };
  const message: SyncMlMessage = {
    header: headerOf(session.lastMessage + 1),
    body: [headerStatus(answer, number(), StatusCode.Ok), syncOf(subscription, number, { writer })],
    isFinal: false,
  };
  const kept = new TextEncoder().encode(encodeMessage(message));
  const sent = withCredential(kept, subscription, context.vault);
  transport.prepare?.({ url, body: sent, contentType: 'application/vnd.syncml+xml' });
  return { frame: frameOf(message, subscription), kept, sent };
}
