import type { Request } from 'express';
import { ConcordError } from '../../errors/concord-error.ts';
import { findSession, resumeSession } from '../../use-cases/administration/sessions.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import { signInRequest } from '../sign-in.ts';
import type { WebServices } from '../web-services.ts';
import { readCookie, sessionCookie } from './cookies.ts';
import type { Visitor } from './page.ts';

/** Who looks at a page of a site: by session, or by the user name and password of a program. Undefined: nobody who may. @throws AuthenticityError as `signIn` */
export async function visitorAtSite(
  services: WebServices,
  context: SiteContext,
  request: Request,
): Promise<Visitor | undefined> {
  const secret = readCookie(request, sessionCookie);
  const resumed = secret === undefined ? undefined : await resumeSession(services.sessions, context, secret);
  if (resumed !== undefined || request.headers.authorization === undefined) return resumed;
  return { actor: await signInRequest(context, request), mustChangePassword: false };
}

/** Who looks at a page of the installation; of an account of a site only the session counts. */
export async function visitorAtHome(services: WebServices, request: Request): Promise<Visitor | undefined> {
  const secret = readCookie(request, sessionCookie);
  const session = secret === undefined ? undefined : await findSession(services.sessions, secret);
  if (secret !== undefined && session !== undefined) {
    const place = session.site === '' ? services.operators : await siteIfAny(services, session.site);
    const accounts = { installationAccounts: services.operators.installationAccounts };
    return place && resumeSession(services.sessions, { ...place, ...accounts, site: session.site }, secret);
  }
  if (request.headers.authorization === undefined) return undefined;
  return { actor: await signInRequest(services.operators, request), mustChangePassword: false };
}

/** The site, or undefined when there is none of this id. */
export async function siteIfAny(services: WebServices, id: string): Promise<SiteContext | undefined> {
  try {
    return await services.site(id);
  } catch (error) {
    if (error instanceof ConcordError && error.code === 'CON-R001') return undefined;
    throw error;
  }
}
