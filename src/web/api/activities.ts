import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import { activityCounts, changeActivities } from '../../use-cases/administration/change-activities.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
import { noQuery, pageLimit, wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { numberNamed } from './named-number.ts';
import { activityShape } from './shapes.ts';

const listQuery = z.strictObject({
  state: z.enum(['waiting', 'runnable', 'running', 'failed']).optional(),
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional().describe('`next` of the page before'),
  limit: pageLimit,
});
const chosen = z.union([
  z.strictObject({ ids: z.array(z.int().min(1)).min(1).max(10_000) }),
  z.strictObject({ state: z.enum(['waiting', 'runnable', 'failed']) }),
]);
const countShape = z.object({ hour: z.int(), work: z.string(), outcome: z.string(), count: z.int() });
const changed = z.object({ changed: z.int(), skipped: z.int() });
const template = '/api/v1/activities/{id}';
const answers = { 204: 'Done', 404: 'There is no such activity, or it runs' };
const common = { roles: [], query: noQuery, body: noBody, answers } as const;

/** The queue of the site. */
export const activityRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: '/api/v1/activities',
    summary: 'The activities of the site, and how many there are in each state.',
    roles: ['Publisher'],
    query: listQuery,
    body: noBody,
    answers: { 200: 'The list' },
    shape: z.object({
      count: z.record(z.string(), z.int()),
      activities: z.array(activityShape),
      next: z.int().nullable(),
    }),
    async handle({ context, query }) {
      const { state, after, limit } = query;
      const found = await context.queue.list({
        limit: limit + 1,
        ...(state === undefined ? {} : { state }),
        ...(after === undefined ? {} : { after }),
      });
      const activities = found.slice(0, limit);
      const next = found.length > limit ? (activities.at(-1)?.id ?? null) : null;
      return jsonAnswer({ count: await context.queue.count(), activities, next });
    },
  }),
  defineRoute({
    method: 'GET',
    template: '/api/v1/activity-counts',
    summary: 'How many activities were done, retried and failed, by the hour.',
    roles: ['Publisher'],
    query: z.strictObject({ hours: wholeNumber(1, 744).default(48) }),
    body: noBody,
    answers: { 200: 'The counts; hours without any are left out' },
    shape: z.object({ counts: z.array(countShape) }),
    handle: async ({ context, query }) => jsonAnswer({ counts: await activityCounts(context, query.hours) }),
  }),
  ...(['restart', 'cancel'] as const).map((action) =>
    defineRoute({
      method: 'POST',
      template: `/api/v1/activities/${action}`,
      summary:
        action === 'restart'
          ? 'Makes many activities runnable now: those that are named, or all of one state.'
          : 'Takes many activities out of the queue: those that are named, or all of one state.',
      roles: [],
      query: noQuery,
      body: jsonBody(chosen),
      answers: { 200: 'How many', 404: 'It can be done with none of them' },
      shape: changed,
      handle: async ({ context, actor, body }) =>
        jsonAnswer(await changeActivities(context, actor, { action, ...body })),
    }),
  ),
  defineRoute({
    ...common,
    method: 'GET',
    template,
    summary: 'One activity.',
    answers: { 200: 'The activity', 404: 'There is no such activity, or it has ended well' },
    async handle({ context, names }) {
      const id = idOf(names);
      const activity = await context.queue.get(id);
      if (activity === undefined) throw missing(id);
      return jsonAnswer(activity);
    },
  }),
  defineRoute({
    ...common,
    method: 'POST',
    template: `${template}/restart`,
    summary: 'Makes a failed or waiting activity runnable now, with its tries counted anew.',
    async handle({ context, names }) {
      await changeOne(names, (id) => context.queue.restart(id));
      return emptyAnswer(204);
    },
  }),
  defineRoute({
    ...common,
    method: 'POST',
    template: `${template}/cancel`,
    summary: 'Takes an activity out of the queue.',
    async handle({ context, names }) {
      await changeOne(names, (id) => context.queue.cancel(id));
      return emptyAnswer(204);
    },
  }),
  defineRoute({
    ...common,
    method: 'POST',
    template: `${template}/invoke`,
    summary: 'Runs an activity now, and answers when it has run.',
    answers: { ...answers, 409: 'It failed, or waits for another one' },
    async handle({ context, services, names }) {
      await services.invoke(context, idOf(names));
      return emptyAnswer(204);
    },
  }),
];

/** Queues as the API has it: `GET …/activities`, for the seed's address of the same. */
export async function activitySummary(context: SiteContext): Promise<string> {
  const count = await context.queue.count();
  const listed = await context.queue.list({ limit: 100 });
  const lines = listed.map(({ id, state, work, retries, failure }) => {
    const why = failure === undefined ? '' : ` ${failure.code} ${failure.message}`;
    return `${id} ${state} ${work.name} tries=${retries}${why}`;
  });
  const total = Object.entries(count).map(([state, number]) => `${state}=${number}`);
  return [total.join(' '), ...lines].join('\n');
}

async function changeOne(
  names: Readonly<Record<string, string>>,
  change: (id: number) => Promise<boolean>,
): Promise<void> {
  const id = idOf(names);
  if (!(await change(id))) throw missing(id);
}

function idOf(names: Readonly<Record<string, string>>): number {
  return numberNamed(names, 'id', 'CON-R013');
}

function missing(id: number): RequestError {
  return new RequestError('CON-R013', `There is no activity ${id} that this can be done with`);
}
