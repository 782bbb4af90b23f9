import type { Transport } from '../ports/transport.ts';
import { schemeOf } from '../synchronization/carried.ts';
import type { Observer } from './observer.ts';
import type { Trail } from './trail.ts';
import { markFailure } from './trail.ts';
import { withoutPassword } from './without-password.ts';

/** A transport that does the same, is measured, and tells of each message. The first message of a sync says which it is: `trail` gets its id. */
export function observedTransport(
  transport: Transport,
  { measures, log }: Pick<Observer, 'measures' | 'log'>,
  trail: Trail,
): Transport {
  return {
    schemes: transport.schemes,
    prepare: (message) => transport.prepare?.(message),
    deliver: async (message, signal) => {
      const { url, body, route } = message;
      if (route !== undefined) trail.sync = route.session;
      const way = schemeOf(url);
      const beganAt = performance.now();
      const details = { message: route?.message, to: withoutPassword(url), octetsSent: body.length };
      try {
        const delivery = await transport.deliver(message, signal);
        measures.message(way, 'sent', body.length);
        if (delivery.outcome === 'answered') measures.message(way, 'received', delivery.body.length);
        measures.delivery(way, delivery.outcome, (performance.now() - beganAt) / 1000);
        const octetsReceived = delivery.outcome === 'answered' ? delivery.body.length : undefined;
        log.tell('debug', `message ${delivery.outcome}`, { trail, details: { ...details, octetsReceived } });
        return delivery;
      } catch (error) {
        measures.delivery(way, 'failed', (performance.now() - beganAt) / 1000);
        log.tell('debug', 'message not delivered', { trail, details });
        throw markFailure(error, trail);
      }
    },
  };
}
