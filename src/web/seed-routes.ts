import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import { siteStatus } from '../use-cases/administration/status.ts';
import type { SiteStatus } from '../use-cases/administration/status.ts';
import { jsonAnswer, textAnswer } from './answer.ts';
import { activitySummary } from './api/activities.ts';
import { noBody } from './body-reader.ts';
import { mailinRoute } from './portal-mailin.ts';
import { noQuery, wholeNumber } from './query.ts';
import type { Method, Route } from './route.ts';
import { defineRoute } from './route.ts';

const node = wholeNumber(1, 1_000_000).optional();
/** As Zope writes the type of a parameter into its name. Without it too. */
const distributeQuery = z.strictObject({ 'node_count:int': node, node_count: node });
const ticQuery = z.strictObject({ 'processing_node:int': node, processing_node: node });
const methods: readonly Method[] = ['GET', 'POST'];
const drivers = ['Synchronizer'] as const;

/** The addresses of ERP5SyncML's setup, so that its scripts go on working (design.md §7). */
export const seedRoutes: readonly Route[] = [
  ...methods.map((method) =>
    defineRoute({
      method,
      template: '/',
      summary: 'The publication URL: it takes SyncML messages.',
      roles: 'everyone',
      query: z.looseObject({}),
      body: noBody,
      answers: { 405: 'It takes POST', 415: 'It takes SyncML' },
      handle: () => Promise.reject(notSyncml(method)),
    }),
  ),
  defineRoute({
    method: 'GET',
    template: '/portal_synchronizations',
    summary: 'How the site stands: publications, subscriptions, activities; text, or JSON where that is accepted.',
    roles: ['Publisher', 'Member'],
    query: noQuery,
    body: noBody,
    answers: { 200: 'The summary' },
    async handle({ context, request }) {
      const status = await siteStatus(context);
      return isJsonWanted(request.accepts(['text/plain', 'application/json']))
        ? jsonAnswer(status)
        : textAnswer(summaryOf(status));
    },
  }),
  defineRoute({
    method: 'GET',
    template: '/portal_activities',
    summary: 'The activities of the site; text, or JSON where that is accepted.',
    roles: ['Publisher', 'Synchronizer'],
    query: noQuery,
    body: noBody,
    answers: { 200: 'The list' },
    async handle({ context, request }) {
      if (!isJsonWanted(request.accepts(['text/plain', 'application/json'])))
        return textAnswer(await activitySummary(context));
      return jsonAnswer({ count: await context.queue.count(), activities: await context.queue.list({ limit: 100 }) });
    },
  }),
  ...methods.map((method) =>
    defineRoute({
      method,
      template: '/portal_activities/distribute',
      summary:
        'Makes runnable what is due. `node_count:int` nodes may run it; it is bound to none of them: whichever asks next gets the next.',
      roles: drivers,
      query: distributeQuery,
      body: noBody,
      answers: { 200: 'How many became runnable' },
      changes: true,
      handle: async ({ services, context }) => textAnswer(`${await services.distribute(context)} runnable`),
    }),
  ),
  ...methods.map((method) =>
    defineRoute({
      method,
      template: '/portal_activities/tic',
      summary:
        'Runs what is runnable as the node `processing_node:int`, and answers when it has run; at once when that node is still at it.',
      roles: drivers,
      query: ticQuery,
      body: noBody,
      answers: { 200: 'How many were done, are retried, failed' },
      changes: true,
      async handle({ services, context, query }) {
        const number = query['processing_node:int'] ?? query.processing_node ?? 1;
        const { done, retried, failed } = await services.tic(context, `tic-${number}`);
        return textAnswer(`${done} done, ${retried} to be retried, ${failed} failed`);
      },
    }),
  ),
  mailinRoute,
];

function notSyncml(method: Method): RequestError {
  const text = 'This is the address of a site: it takes SyncML messages, by POST, as application/vnd.syncml+xml';
  return method === 'POST' ? new RequestError('CON-W004', text) : new RequestError('CON-W002', text, { allow: 'POST' });
}

function isJsonWanted(accepted: string | false): boolean {
  return accepted === 'application/json';
}

function summaryOf({ site, publications, subscriptions, activities }: SiteStatus): string {
  const time = (at: number | undefined): string => (at === undefined ? 'never' : new Date(at).toISOString());
  return [
    `site ${site}`,
    ...publications.flatMap(({ id, path, subscribers }) => [
      `publication ${id} path=${path} subscribers=${subscribers.length}`,
      ...subscribers.map(
        (each) =>
          `  subscriber ${each.url} last-sync=${time(each.lastSyncAt)} open-conflicts=${each.openConflicts} exceptions=${each.exceptions}`,
      ),
    ]),
    ...subscriptions.map(
      (each) =>
        `subscription ${each.id} from=${each.publicationUrl} path=${each.path} state=${each.state} last-sync=${time(each.lastSyncAt)}` +
        ` open-conflicts=${each.openConflicts} exceptions=${each.exceptions}`,
    ),
    `activities ${Object.entries(activities)
      .map(([state, count]) => `${state}=${count}`)
      .join(' ')}`,
  ].join('\n');
}
