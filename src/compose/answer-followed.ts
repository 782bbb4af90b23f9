import { engineServices } from './engine.ts';
import type { Followed } from './followed.ts';
import { followed } from './followed.ts';
import { answerPosted } from '../use-cases/exchange/answer-posted.ts';
import type { EngineServices } from '../use-cases/exchange/engine-services.ts';
import type { IncomingMessage } from '../web/web-services.ts';

type Authenticate = EngineServices['authenticate'];

/** Answers a message that was posted, counts it, and tells of it. Throws as `answerPosted` does. */
export function answerFollowed(
  place: Followed,
  message: IncomingMessage,
  authenticate: Authenticate,
): Promise<Uint8Array> {
  // Not `async`, and out of the hands of whoever follows it: a large message goes while it is taken in.
  return answerHeld(place, [message], authenticate);
}

async function answerHeld(
  { context, parts }: Followed,
  held: IncomingMessage[],
  authenticate: Authenticate,
): Promise<Uint8Array> {
  const { observer } = parts;
  const beganAt = performance.now();
  let outcome: 'answered' | 'failed' = 'failed';
  try {
    return await followed({ context, parts }, async (place, trail) => {
      const services = { ...engineServices(place.context, place.parts), authenticate };
      const octetsReceived = held.reduce((sum, { body }) => sum + body.length, 0);
      const answer = await answerOf(place, services, held.splice(0));
      outcome = 'answered';
      observer?.measures.message('http', 'received', octetsReceived);
      observer?.measures.message('http', 'sent', answer.length);
      observer?.log.tell('debug', 'message answered', {
        trail,
        details: { octetsReceived, octetsSent: answer.length },
      });
      return answer;
    });
  } finally {
    observer?.measures.answer(outcome, (performance.now() - beganAt) / 1000);
  }
}

function answerOf(
  { context }: Followed,
  services: EngineServices,
  [message = { body: new Uint8Array(), url: '', remoteAddress: '' }]: readonly IncomingMessage[],
): Promise<Uint8Array> {
  return answerPosted(context, services, message);
}
