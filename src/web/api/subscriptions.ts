import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { actions, modes } from '../../synchronization/subscription.ts';
import { policies } from '../../synchronization/publication.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import { subscriptionStatus } from '../../use-cases/administration/status.ts';
import { unsubscribe } from '../../use-cases/administration/subscribe.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
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
    follow: z
      .boolean()
      .describe('Whether the publisher, at an http or https address, is listened to: a sync follows what it tells of'),
    user: z.string(),
    password: z.string().describe('Never shown again'),
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
];

async function existing(context: SiteContext, names: Readonly<Record<string, string>>): Promise<Subscription> {
  const id = names['id'] ?? '';
  const subscription = await context.store.subscription(id);
  if (subscription === undefined) throw new RequestError('CON-R004', `There is no subscription “${id}”`);
  return subscription;
}

/** What may be seen of it: neither password nor token. */
async function viewOf(context: SiteContext, subscription: Subscription): Promise<unknown> {
  const { terms, query, mapping, conduit, keyName, user, follow = false } = subscription;
  const status = await subscriptionStatus(context, subscription);
  return { ...status, ...terms, follow, query, mapping, conduit, keyName, user };
}
