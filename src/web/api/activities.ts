import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { noBody } from '../body-reader.ts';
import { noQuery, pageLimit } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';

const listQuery = z.strictObject({
  state: z.enum(['waiting', 'runnable', 'running', 'failed']).optional(),
  limit: pageLimit,
});
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
    async handle({ context, query }) {
      const { state, limit } = query;
      const activities = await context.queue.list({ limit, ...(state === undefined ? {} : { state }) });
      return jsonAnswer({ count: await context.queue.count(), activities });
    },
  }),
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
      await changed(names, (id) => context.queue.restart(id));
      return emptyAnswer(204);
    },
  }),
  defineRoute({
    ...common,
    method: 'POST',
    template: `${template}/cancel`,
    summary: 'Takes an activity out of the queue.',
    async handle({ context, names }) {
      await changed(names, (id) => context.queue.cancel(id));
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

async function changed(
  names: Readonly<Record<string, string>>,
  change: (id: number) => Promise<boolean>,
): Promise<void> {
  const id = idOf(names);
  if (!(await change(id))) throw missing(id);
}

function idOf(names: Readonly<Record<string, string>>): number {
  const text = names['id'] ?? '';
  if (!/^\d{1,15}$/.test(text)) throw missing(text);
  return Number(text);
}

function missing(id: number | string): RequestError {
  return new RequestError('CON-R013', `There is no activity ${id} that this can be done with`);
}
