import type { Express, Request } from 'express';
import { ConcordError } from '../errors/concord-error.ts';
import { requireRole } from '../use-cases/administration/access.ts';
import type { SiteMeasures } from '../use-cases/administration/measure-site.ts';
import { measureSite } from '../use-cases/administration/measure-site.ts';
import type { Role } from '../ports/account-store.ts';
import type { Answer } from './answer.ts';
import { jsonAnswer, sendAnswer, textAnswer } from './answer.ts';
import { signInRequest } from './sign-in.ts';
import { siteExposition } from './site-exposition.ts';
import type { WatchServices, WatchSettings } from './watch-services.ts';

/** What `watchRoutes` need. */
export interface Watching {
  readonly services: WatchServices;
  readonly settings: WatchSettings;
}

/** `/healthz`: whether the process is there; for whoever keeps it running. Open to everybody, so it says nothing else. */
export function healthRoute(app: Express): void {
  app.get('/healthz', async (_, response) => {
    await sendAnswer(response, textAnswer('ok'));
  });
}

/** `/readyz` and `/metrics`, for whom the settings say. */
export function watchRoutes(app: Express, watching: Watching): void {
  app.get('/readyz', async (request, response) => {
    await admit(watching, request);
    await sendAnswer(response, await readiness(watching));
  });
  app.get('/metrics', async (request, response) => {
    await admit(watching, request, 'Manager');
    await sendAnswer(response, await metrics(watching));
  });
}

/** @throws AuthenticityError CON-A001 when one must sign in, CON-A002 without the role */
async function admit({ services, settings }: Watching, request: Request, role?: Role): Promise<void> {
  const { openTo } = settings;
  // With a wrong password nobody gets in as nobody.
  const isAnonymous = request.headers.authorization === undefined;
  if (isAnonymous && (openTo === 'everybody' || (openTo === 'loopback' && isLoopback(request.ip ?? '')))) return;
  const actor = await signInRequest(services.operators, request);
  if (role !== undefined) requireRole(actor, role);
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

/** 200 while what should flow flows, else 503; the reasons are in the body. */
async function readiness({ services }: Watching): Promise<Answer> {
  const flow = await services.watch.flow();
  return jsonAnswer(flow, { status: flow.state === 'flowing' ? 200 : 503 });
}

async function metrics({ services, settings }: Watching): Promise<Answer> {
  const measures: SiteMeasures[] = [];
  // What cannot be read is missing here, and a reason at /readyz: the figures of the others are still wanted.
  const unread: string[] = [];
  for (const { id } of await services.installation.sites()) {
    const measured = await services
      .site(id)
      .then(async (context) => measureSite(context, settings.subscribers))
      .catch((error: unknown) => {
        if (!(error instanceof ConcordError)) throw error;
        return undefined;
      });
    if (measured === undefined) unread.push(id);
    else measures.push(measured);
  }
  const body = `${siteExposition(measures, unread)}${await services.watch.exposition()}`;
  return { ...textAnswer(''), body, type: 'text/plain; version=0.0.4; charset=utf-8' };
}
