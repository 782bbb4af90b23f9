import type { Express } from 'express';
import express from 'express';
import helmet from 'helmet';
import { sendAnswer } from './answer.ts';
import { watchChanges } from './api/changes.ts';
import { servedRoutes } from './api/routes.ts';
import { errorHandler } from './error-handler.ts';
import { healthRoute, watchRoutes } from './operations.ts';
import { answerPage } from './pages/page-router.ts';
import { pageRouter } from './pages/pages.ts';
import { httpsOnly } from './https-only.ts';
import { rateLimits } from './rate-limits.ts';
import { answerAtSite } from './site-router.ts';
import { answerSyncml, isSyncml } from './syncml-endpoint.ts';
import { SyncShares } from './sync-shares.ts';
import type { WebServices, WebSettings } from './web-services.ts';
import { defaultWebSettings } from './web-services.ts';

/** Nothing from elsewhere, nothing inline, in no frame. Without `upgrade-insecure-requests`: a site in an office may have no certificate. */
const securityHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'same-origin' },
  // Only by https: see httpsOnly.
  strictTransportSecurity: false,
} as const;

/**
 * What answers over HTTP: SyncML messages first and with nothing around them; then, with security headers, limits and a sign-in, all other addresses of
 * design.md §7. Listens to nothing: `startServer` does.
 */
export function createApp(services: WebServices, settings: WebSettings = defaultWebSettings): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // The address is taken apart by hand, and a query parser would only be a place to attack.
  app.set('query parser', false);
  app.set('trust proxy', settings.trustedProxies);
  const changes = watchChanges(services, settings);
  const router = { services, settings, routes: servedRoutes, changes };
  const shares = new SyncShares(settings.shares, () => services.operators.clock.now());
  const pages = pageRouter(services, settings);

  app.use(async (request, response, next) => {
    if (isSyncml(request)) await answerSyncml({ services, settings, shares }, request, response);
    else next();
  });
  app.use(helmet(securityHeaders), httpsOnly);
  healthRoute(app);
  app.use(...rateLimits(settings));
  watchRoutes(app, { services, settings: settings.watch });
  app.use(async (request, response) => {
    const page = await answerPage(pages, request);
    await sendAnswer(response, page ?? (await answerAtSite(router, request)));
  });
  app.use(errorHandler(services, pages));
  return app;
}
