import type { Express } from 'express';
import express from 'express';
import helmet from 'helmet';
import { RequestError } from '../errors/concord-error.ts';
import { errorHandler } from './error-handler.ts';
import type { Watching } from './operations.ts';
import { healthRoute, watchRoutes } from './operations.ts';
import { rateLimits } from './rate-limits.ts';
import type { DoorSettings, WebServices } from './web-services.ts';

/**
 * What a process without pages answers to those who watch it: `/healthz`, `/readyz` and `/metrics`, with the limits of the web server. Listens to nothing: `startServer`
 * does.
 */
export function createWatchApp(
  watching: Watching,
  { reportFault, door }: Pick<WebServices, 'reportFault'> & { readonly door: DoorSettings },
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', door.trustedProxies);
  app.use(helmet());
  healthRoute(app);
  app.use(...rateLimits(door));
  watchRoutes(app, watching);
  app.use(() => {
    throw new RequestError('CON-W001', 'This process answers at /healthz, /readyz and /metrics only');
  });
  app.use(errorHandler({ reportFault }));
  return app;
}
