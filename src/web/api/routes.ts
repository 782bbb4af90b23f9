import { jsonAnswer } from '../answer.ts';
import { noBody } from '../body-reader.ts';
import { noQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { asXmlRoute } from '../as-xml-route.ts';
import { seedRoutes } from '../seed-routes.ts';
import { accountRoutes } from './accounts.ts';
import { activityRoutes } from './activities.ts';
import { changeRoutes } from './changes.ts';
import { conflictRuleRoutes } from './conflict-rules.ts';
import { conflictRoutes } from './conflicts.ts';
import { historyRoutes } from './history.ts';
import { keyRoutes } from './keys.ts';
import { logRoutes } from './log.ts';
import { objectRoutes } from './objects.ts';
import { openApiDocument } from './openapi.ts';
import { publicationRoutes } from './publications.ts';
import { searchRoutes } from './search.ts';
import { sessionRoutes } from './sessions.ts';
import { statusRoutes } from './status.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { syncRoutes } from './syncs.ts';
import { tokenRoutes } from './tokens.ts';

const described: readonly Route[] = [
  ...objectRoutes,
  ...historyRoutes,
  ...searchRoutes,
  ...publicationRoutes,
  ...changeRoutes,
  ...subscriptionRoutes,
  ...syncRoutes,
  ...conflictRoutes,
  ...conflictRuleRoutes,
  ...activityRoutes,
  ...statusRoutes,
  ...logRoutes,
  ...accountRoutes,
  ...tokenRoutes,
  ...keyRoutes,
  ...sessionRoutes,
];

const openApiRoute = defineRoute({
  method: 'GET',
  template: '/api/v1/openapi.json',
  summary: 'This description.',
  roles: 'everyone',
  query: noQuery,
  body: noBody,
  answers: { 200: 'An OpenAPI 3.1 document' },
  handle: async ({ context }) => jsonAnswer(openApiDocument(`/${encodeURIComponent(context.site)}`, servedRoutes)),
});

/** All of the API below `/<site>/api/v1`. */
const apiRoutes: readonly Route[] = [...described, openApiRoute];

/** All that a site serves to programs, the addresses of the setup that this replaces among them. The first that fits answers. */
export const servedRoutes: readonly Route[] = [...seedRoutes, ...apiRoutes, asXmlRoute];
