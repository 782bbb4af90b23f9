import { z } from 'zod';
import { hasRole } from '../../use-cases/administration/access.ts';
import { endSession, listSessions } from '../../use-cases/administration/sessions.ts';
import type { Actor, SiteContext } from '../../use-cases/site-context.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { noBody } from '../body-reader.ts';
import { noQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { sessionShape } from './shapes.ts';

const template = '/api/v1/sessions';

/** Who is signed in at the pages with an account of the site. */
export const sessionRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template,
    summary: 'The sessions at the pages of the account that asks; a Manager sees those of all accounts of the site.',
    roles: 'everyone',
    query: noQuery,
    body: noBody,
    answers: { 200: 'The list, the one used last first' },
    shape: z.object({ sessions: z.array(sessionShape) }),
    async handle({ context, services, actor }) {
      const found = await listSessions(services.sessions, actor, filterOf(context, actor));
      const sessions = found.map(({ id, account, createdAt, seenAt, address, agent }) => ({
        id,
        account,
        createdAt,
        seenAt,
        address,
        agent,
      }));
      return jsonAnswer({ sessions });
    },
  }),
  defineRoute({
    method: 'DELETE',
    template: `${template}/{id}`,
    summary: 'Ends a session.',
    roles: 'everyone',
    query: noQuery,
    body: noBody,
    answers: { 204: 'Ended', 404: 'There is no such session' },
    async handle({ context, services, actor, names }) {
      await endSession(services.sessions, actor, { ...filterOf(context, actor), id: names['id'] ?? '' });
      return emptyAnswer(204);
    },
  }),
];

function filterOf({ site }: SiteContext, actor: Actor): { readonly site: string; readonly account?: string } {
  return hasRole(actor) ? { site } : { site, account: actor.name };
}
