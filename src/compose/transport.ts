import { RequestError } from '../errors/concord-error.ts';
import type { Transport } from '../ports/transport.ts';
import { schemeOf } from '../synchronization/carried.ts';

/** All ways to peers as one: the scheme of a message's address chooses (design.md §2). */
export function routeTransports(ways: readonly Transport[]): Transport {
  const wayTo = (url: string): Transport | undefined => {
    const scheme = schemeOf(url);
    return ways.find(({ schemes }) => schemes.includes(scheme));
  };
  return {
    schemes: ways.flatMap(({ schemes }) => schemes),
    deliver: async (message, signal) => {
      const way = wayTo(message.url);
      if (way === undefined)
        throw new RequestError('CON-W007', `Nothing here reaches addresses that begin with ${schemeOf(message.url)}:`);
      return way.deliver(message, signal);
    },
    prepare: (message) => wayTo(message.url)?.prepare?.(message),
  };
}
