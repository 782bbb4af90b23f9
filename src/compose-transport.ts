import { RequestError } from './errors/concord-error.ts';
import type { Transport } from './ports/transport.ts';
import { schemeOf } from './synchronization/carried.ts';

/** All ways to peers as one: the scheme of a message's address chooses (design.md §2). */
export function routeTransports(ways: readonly Transport[]): Transport {
  return {
    schemes: ways.flatMap(({ schemes }) => schemes),
    deliver: async (message, signal) => {
      const scheme = schemeOf(message.url);
      const way = ways.find(({ schemes }) => schemes.includes(scheme));
      if (way === undefined)
        throw new RequestError('CON-W007', `Nothing here reaches addresses that begin with ${scheme}:`);
      return way.deliver(message, signal);
    },
  };
}
