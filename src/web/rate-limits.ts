import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, MemoryStore, rateLimit } from 'express-rate-limit';
import { AuthenticityError } from '../errors/concord-error.ts';
import { streamBegins } from './answer.ts';
import { readAddress } from './request-address.ts';
import { matchTemplate } from './route.ts';
import type { DoorSettings } from './web-services.ts';

const minute = 60_000;
const common = { windowMs: minute, standardHeaders: false, legacyHeaders: false, validate: false } as const;

/** Holds back an address that asks too often, and sooner one whose sign-ins fail: against those who try many accounts. */
export function rateLimits({ requestsPerMinute, failedSignInsPerMinute }: DoorSettings): readonly RequestHandler[] {
  const store = new MemoryStore();
  return [
    rateLimit({ ...common, limit: requestsPerMinute, handler: refuse('Too many requests from this address') }),
    rateLimit({
      ...common,
      limit: failedSignInsPerMinute,
      store,
      keyGenerator: addressOf,
      // Many programs, wget among them, ask first without credentials and then with: that is not a failure.
      skip: (request) => request.headers.authorization === undefined && !isSignInForm(request),
      skipSuccessfulRequests: true,
      requestWasSuccessful: (_, { statusCode }) => statusCode !== 401 && statusCode !== 429,
      handler: refuse('Too many failed sign-ins from this address'),
    }),
    (request, response, next) => {
      // It ends late or never, and whoever may stream has signed in.
      if (request.headers.authorization !== undefined)
        response.once(streamBegins, () => void store.decrement(addressOf(request)));
      next();
    },
  ];
}

/** Read as the pages are found: `/sign-in/` is the same page. */
function isSignInForm(request: Request): boolean {
  return request.method === 'POST' && matchTemplate('/sign-in', readAddress(request).segments) !== undefined;
}

function addressOf({ ip = '' }: Request): string {
  return ipKeyGenerator(ip);
}

function refuse(text: string): RequestHandler {
  return () => {
    throw new AuthenticityError('CON-A003', text, { retry: 'later' });
  };
}
