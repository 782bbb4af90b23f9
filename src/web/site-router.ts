import type { Request } from 'express';
import { AuthenticityError, RequestError } from '../errors/concord-error.ts';
import { requireRole } from '../use-cases/administration/access.ts';
import type { Actor, SiteContext } from '../use-cases/site-context.ts';
import type { Answer } from './answer.ts';
import { refuseOtherOrigins } from './cross-origin.ts';
import { decodeSegment, readAddress } from './request-address.ts';
import type { Route, RouteMatch, UnknownCaller } from './route.ts';
import { matchTemplate } from './route.ts';
import { visitorAtHome, visitorAtSite } from './pages/visitor.ts';
import type { ChangeWatch } from '../use-cases/publisher/watch-changes.ts';
import type { WebServices, WebSettings } from './web-services.ts';

/** What answers for the sites. */
export interface SiteRouter {
  readonly services: WebServices;
  readonly settings: WebSettings;
  readonly changes: ChangeWatch;
  /** The first that fits answers. */
  readonly routes: readonly Route[];
}

/**
 * Answers a request below a site: who asks, which route, may they, is it well-formed, in this order; so strangers learn nothing about what there is, not even
 * which sites.
 * @throws AuthenticityError CON-A001, CON-A002, CON-A003; RequestError CON-R001, CON-W001, CON-W002, CON-W006; and what the route throws
 */
export async function answerAtSite(router: SiteRouter, request: Request): Promise<Answer> {
  const { services, settings, routes, changes } = router;
  const { segments, query } = readAddress(request);
  const [site, ...below] = segments;
  const { context, actor } = await signInAtSite(services, {
    request,
    site: site === undefined ? '' : decodeSegment(site),
    signIn: (asked) => signInAtRoute(routes, { context: asked, request, query }, below),
  });
  const { route, match } = findRoute(routes, { request, below });
  if (route.changes) refuseOtherOrigins(request);
  if (route.roles !== 'everyone') requireRole(actor, ...route.roles);
  const { maxBodyOctets } = settings;
  return route.run({ services, changes, context, actor, request, query, match, maxBodyOctets });
}

/** Who asks, where the route that fits has ways of its own to say so; undefined where it has none, or none fits. */
async function signInAtRoute(
  routes: readonly Route[],
  caller: Omit<UnknownCaller, 'match'>,
  below: readonly string[],
): Promise<Actor | undefined> {
  for (const { template, signIn } of routes) {
    const match = signIn === undefined ? undefined : matchTemplate(template, below);
    if (signIn !== undefined && match !== undefined) return signIn({ ...caller, match });
  }
  return undefined;
}

interface SigningIn {
  readonly request: Request;
  readonly site: string;
  readonly signIn: (context: SiteContext) => Promise<Actor | undefined>;
}

async function signInAtSite(
  services: WebServices,
  { request, site, signIn }: SigningIn,
): Promise<{ readonly context: SiteContext; readonly actor: Actor }> {
  const isSite = (await services.installation.sites()).some(({ id }) => id === site);
  if (isSite) {
    const context = await services.site(site);
    const known = await signIn(context);
    if (known !== undefined) return { context, actor: known };
    const visitor = await visitorAtSite(services, context, request);
    if (visitor === undefined) throw new AuthenticityError('CON-A001', 'This address asks for user name and password');
    if (visitor.mustChangePassword)
      throw new AuthenticityError('CON-A002', 'The password must be changed first, at /-/password');
    return { context, actor: visitor.actor };
  }
  const visitor = await visitorAtHome(services, request);
  if (visitor === undefined) throw new AuthenticityError('CON-A001', 'This address asks for user name and password');
  if (site === '')
    throw new RequestError('CON-W001', 'At / are pages for browsers alone; each site has its address, such as /cps');
  throw new RequestError('CON-R001', `There is no site “${site}” here`);
}

function findRoute(
  routes: readonly Route[],
  { request, below }: { readonly request: Request; readonly below: readonly string[] },
): { readonly route: Route; readonly match: RouteMatch } {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const others = new Set<string>();
  for (const route of routes) {
    const match = matchTemplate(route.template, below);
    if (match === undefined) continue;
    if (route.method === method) return { route, match };
    others.add(route.method);
  }
  const address = request.originalUrl.split('?', 1)[0] ?? '';
  if (others.size === 0)
    throw new RequestError('CON-W001', `There is nothing at ${address}; an object is shown at its address with /asXML`);
  const allow = [...others].join(', ');
  throw new RequestError('CON-W002', `${address} does not take ${method}, only ${allow}`, { allow });
}
