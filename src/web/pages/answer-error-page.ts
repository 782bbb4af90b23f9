import type { Request } from 'express';
import type { ConcordError } from '../../errors/concord-error.ts';
import type { Answer } from '../answer.ts';
import { decodeSegment, readAddress } from '../request-address.ts';
import { withQuery, ownAddress } from './addresses.ts';
import type { PageRouter } from './page-router.ts';
import type { Surroundings } from './surroundings.ts';
import { siteIfAny, visitorAtHome, visitorAtSite } from './visitor.ts';

/** The page that tells a person what went wrong; undefined when not even that can be shown. Who has not signed in is sent to do so. */
export async function answerErrorPage(
  router: PageRouter,
  request: Request,
  error: ConcordError,
): Promise<Answer | undefined> {
  try {
    const surroundings = await surroundingsOf(router, request);
    const isStranger = error.code === 'CON-A001' && surroundings.visitor === undefined;
    if (isStranger && request.method === 'GET' && request.headers.authorization === undefined) {
      const to = withQuery('/sign-in', { to: ownAddress(request.originalUrl) });
      return { status: 303, type: undefined, body: '', headers: { Location: to, 'Cache-Control': 'no-store' } };
    }
    const answer = await router.presenter.presentError(error, surroundings);
    return isTooLarge(error) ? { ...answer, headers: { ...answer.headers, Connection: 'close' } } : answer;
  } catch {
    // The first error is the one to be told; that it has no page is no other one.
    return undefined;
  }
}

/** As far as they can be told: the error may be that there is no such site, or nobody who may. */
async function surroundingsOf({ services }: PageRouter, request: Request): Promise<Surroundings> {
  const none: Surroundings = { request, query: new URLSearchParams(), visitor: undefined, context: undefined };
  try {
    const [site] = readAddress(request).segments;
    const context = site === undefined ? undefined : await siteIfAny(services, decodeSegment(site));
    if (context === undefined) return { ...none, visitor: await visitorAtHome(services, request) };
    const visitor = await visitorAtSite(services, context, request);
    return visitor === undefined ? none : { ...none, visitor, context };
  } catch {
    return none;
  }
}

function isTooLarge({ code }: ConcordError): boolean {
  return code === 'CON-W003';
}
