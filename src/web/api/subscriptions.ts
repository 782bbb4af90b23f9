import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { actions, modes } from '../../synchronization/subscription.ts';
import { policies } from '../../synchronization/publication.ts';
import { requireRole } from '../../use-cases/administration/access.ts';
import { requestSync } from '../../use-cases/administration/schedule.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import { subscriptionStatus } from '../../use-cases/administration/status.ts';
import { unsubscribe } from '../../use-cases/administration/subscribe.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { jsonBody, noBody, optionalJsonBody } from '../body-reader.ts';
import { noQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { whatIsSaid } from './what-is-said.ts';

const settings = z
  .strictObject({
    publication: z.string().describe('The ID of the publication; left out: that of the subscription'),
    publicationUrl: z.string().describe('The address of the publishing site'),
    subscriptionUrl: z.string().describe('What this subscription is known by at the publisher'),
    path: z.string().describe('Where the objects go; made where it is not there yet'),
    mode: z.enum(modes),
    strategy: z.array(z.enum(actions)),
    conflictPolicy: z.enum(policies),
    updatePolicy: z.enum(policies),
    query: z.string(),
    mapping: z.string(),
    conduit: z.string(),
    keyName: z.string(),
    schedule: z.string().describe('As cron has it; empty: only when asked for'),
    user: z.string(),
    password: z.string().describe('Never shown again'),
  })
  .partial();
const syncOptions = z
  .strictObject({
    slow: z.boolean().describe('Compares everything'),
    restart: z.boolean().describe('Ends the session that is open and begins a new one'),
    refreshFrom: z.enum(['publisher', 'subscriber']).describe('Makes the other side like this one'),
    allowDeletions: z.int().min(0).describe('So many deletions are meant'),
    plan: z.string().describe('The name of a plan that a preview showed: it is carried out exactly, or not at all'),
  })
  .partial();
const list = '/api/v1/subscriptions';
const template = `${list}/{id}`;
const readers = ['Publisher', 'Member'] as const;

/** What the site takes from others. */
export const subscriptionRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: list,
    summary: 'The subscriptions of the site, and how they stand.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The list' },
    async handle({ context }) {
      const subscriptions: unknown[] = [];
      for (const each of await context.store.subscriptions()) subscriptions.push(await viewOf(context, each));
      return jsonAnswer({ subscriptions });
    },
  }),
  defineRoute({
    method: 'GET',
    template,
    summary: 'One subscription, and how it stands.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The subscription', 404: 'There is no such subscription' },
    handle: async ({ context, names }) => jsonAnswer(await viewOf(context, await existing(context, names))),
  }),
  defineRoute({
    method: 'PUT',
    template,
    summary: 'Subscribes to a publication, or changes how; what is not said stays as it is.',
    roles: ['Publisher'],
    query: noQuery,
    body: jsonBody(settings),
    answers: { 200: 'Changed, or the same already', 201: 'Subscribed', 409: 'The path has a source already' },
    async handle({ context, services, actor, names, body }) {
      const request = { ...whatIsSaid(body), id: names['id'] ?? '', actor };
      const { subscription, outcome } = await services.subscribe(context, request);
      return jsonAnswer(await viewOf(context, subscription), { status: outcome === 'created' ? 201 : 200 });
    },
  }),
  defineRoute({
    method: 'DELETE',
    template,
    summary: 'Ends a subscription. The objects stay.',
    roles: ['Publisher'],
    query: noQuery,
    body: noBody,
    answers: { 204: 'Ended', 404: 'There is no such subscription' },
    async handle({ context, actor, names }) {
      await unsubscribe(context, actor, names['id'] ?? '');
      return emptyAnswer(204);
    },
  }),
  defineRoute({
    method: 'POST',
    template: `${template}/preview`,
    summary: 'What a sync would send and receive, field by field. Nothing is exchanged but what is needed to say so.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The plan', 404: 'There is no such subscription', 503: 'The publisher cannot be reached' },
    handle: async ({ context, services, names }) => jsonAnswer(await services.previewSync(context, names['id'] ?? '')),
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
    async handle({ context, actor, names, body = {} }) {
      if (body.refreshFrom !== undefined || body.allowDeletions !== undefined) requireRole(actor, 'Publisher');
      const { id, state } = await existing(context, names);
      if ((state.lease?.until ?? 0) > context.clock.now())
        throw new RequestError('CON-E001', `A sync of “${id}” is running`, { retry: 'later' });
      const activity = await requestSync(context, id, whatIsSaid(body));
      return jsonAnswer({ activity }, { status: 202 });
    },
  }),
];

async function existing(context: SiteContext, names: Readonly<Record<string, string>>): Promise<Subscription> {
  const id = names['id'] ?? '';
  const subscription = await context.store.subscription(id);
  if (subscription === undefined) throw new RequestError('CON-R004', `There is no subscription “${id}”`);
  return subscription;
}

/** What may be seen of it: neither password nor token. */
async function viewOf(context: SiteContext, subscription: Subscription): Promise<unknown> {
  const { terms, query, mapping, conduit, keyName, user } = subscription;
  return { ...(await subscriptionStatus(context, subscription)), ...terms, query, mapping, conduit, keyName, user };
}
