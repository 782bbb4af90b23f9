import { z } from 'zod';
import { askForSync, cancelSync, keepPlan } from '../../use-cases/administration/ask-for-sync.ts';
import { beginningOfNewest, syncState } from '../../use-cases/exchange/sync-state.ts';
import { jsonAnswer } from '../answer.ts';
import { noBody, optionalJsonBody } from '../body-reader.ts';
import { eventAnswer, lastHeard } from '../events.ts';
import { noQuery, wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { syncEventShape } from './shapes.ts';
import { whatIsSaid } from './what-is-said.ts';

const syncOptions = z
  .strictObject({
    slow: z.boolean().describe('Compares everything'),
    restart: z.boolean().describe('Ends the session that is open and begins a new one'),
    refreshFrom: z.enum(['publisher', 'subscriber']).describe('Makes the other side like this one'),
    allowDeletions: z.int().min(0).describe('So many deletions are meant'),
    plan: z.string().describe('The name of a plan that a preview showed: it is carried out exactly, or not at all'),
  })
  .partial();
const previewOptions = syncOptions.pick({ slow: true, refreshFrom: true });
const template = '/api/v1/subscriptions/{id}';
const readers = ['Publisher', 'Member'] as const;
const eventsPerRead = 500;

/** Syncs of the subscriptions: planned, asked for, watched, cancelled. */
export const syncRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    template: `${template}/preview`,
    summary:
      'What a sync would send and receive, field by field; or a comparison of everything, or a refresh. Nothing is exchanged but what is needed to say so.',
    roles: readers,
    query: noQuery,
    body: optionalJsonBody(previewOptions),
    answers: { 200: 'The plan', 404: 'There is no such subscription', 503: 'The publisher cannot be reached' },
    async handle({ context, services, actor, names, body = {} }) {
      const id = names['id'] ?? '';
      const wishes = whatIsSaid(body);
      const plan = await services.previewSync(context, { id, ...wishes });
      await keepPlan(context, { id, actor, plan, wishes });
      return jsonAnswer(plan);
    },
  }),
  defineRoute({
    method: 'POST',
    template: `${template}/sync`,
    summary:
      'Asks for a sync: it is queued, and this answers at once. What replaces or deletes much needs a Publisher.',
    roles: readers,
    query: noQuery,
    body: optionalJsonBody(syncOptions),
    answers: { 202: 'Queued', 404: 'There is no such subscription', 409: 'One is running' },
    shape: z.object({ activity: z.int() }),
    async handle({ context, actor, names, body = {} }) {
      const activity = await askForSync(context, actor, { id: names['id'] ?? '', wishes: whatIsSaid(body) });
      return jsonAnswer({ activity }, { status: 202 });
    },
  }),
  defineRoute({
    method: 'GET',
    template: `${template}/sync`,
    summary: 'What the newest sync does, or came to.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The state', 404: 'There is no such subscription' },
    handle: async ({ context, names }) => jsonAnswer(await syncState(context, names['id'] ?? '')),
  }),
  defineRoute({
    method: 'POST',
    template: `${template}/cancel`,
    summary: 'Stops the sync that runs, and takes those that wait out of the queue. The next goes on from there.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 202: 'It stops within seconds', 404: 'There is no such subscription, or none waits or runs' },
    shape: z.object({ cancelled: z.int(), isStopping: z.boolean() }),
    handle: async ({ context, actor, names }) =>
      jsonAnswer(await cancelSync(context, actor, names['id'] ?? ''), { status: 202 }),
  }),
  defineRoute({
    method: 'GET',
    template: `${template}/events`,
    summary:
      'The events of its syncs: plan, queued, started, progress, and how it ended. As server-sent events where text/event-stream is accepted (`Last-Event-ID` goes on after a cut), else as JSON. Without `after`: all of the newest sync.',
    roles: readers,
    query: z.strictObject({ after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional() }),
    body: noBody,
    answers: { 200: 'The events', 404: 'There is no such subscription' },
    shape: z.object({ events: z.array(syncEventShape) }),
    streams: true,
    async handle({ context, names, request, query }) {
      const id = names['id'] ?? '';
      await syncState(context, id);
      const after = lastHeard(request, query.after) ?? (await beginningOfNewest(context, id));
      const read = (heard: number) => context.store.notes.syncEvents(id, { after: heard, limit: eventsPerRead });
      const isStream = request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream';
      return isStream ? eventAnswer(request, { after, read }) : jsonAnswer({ events: await read(after) });
    },
  }),
];
