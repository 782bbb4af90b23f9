import { AuthenticityError } from '../../errors/concord-error.ts';
import type { Request } from '../publisher/answer-message.ts';
import { answerCarried } from '../publisher/answer-message.ts';
import type { SiteContext } from '../site-context.ts';
import type { EngineServices } from './engine-services.ts';
import { sealedAs } from './receive-message.ts';
import type { Opened } from './seals.ts';
import { openSeal, recordBadSeal } from './seals.ts';

/**
 * Answers a message that waits for it, sealed as was agreed with whoever sent it. Throws as `answerMessage` does.
 * @throws AuthenticityError CON-A005 when the message is sealed and the seal is bad: then there is nobody to answer
 */
export async function answerPosted(
  context: SiteContext,
  services: EngineServices,
  request: Request,
): Promise<Uint8Array> {
  const opened = await open(context, services, request.body);
  const reply = await answerCarried(context, services, { ...request, ...opened });
  return (await sealedAs(context, reply.seal, reply.body)).body;
}

async function open(context: SiteContext, services: EngineServices, body: Uint8Array): Promise<Opened> {
  try {
    return await openSeal(context, body, services.maxMessageOctets * 2);
  } catch (cause) {
    if (cause instanceof AuthenticityError) await recordBadSeal(context, cause);
    throw cause;
  }
}
