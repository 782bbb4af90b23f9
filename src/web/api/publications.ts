import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Publication } from '../../synchronization/publication.ts';
import { policies } from '../../synchronization/publication.ts';
import { unpublish } from '../../use-cases/administration/publish.ts';
import { removeSubscriber } from '../../use-cases/administration/remove-subscriber.ts';
import { siteStatus } from '../../use-cases/administration/status.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
import { noQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { whatIsSaid } from './what-is-said.ts';

const right = z.union([z.literal('everyone'), z.array(z.string())]);
const settings = z
  .strictObject({
    path: z.string().describe('What is below this path is published'),
    url: z.string().describe('The address that subscribers use; empty: the own one of the site'),
    query: z.string().describe('`objectValues`, or an XPath'),
    mapping: z.string(),
    conduit: z.string(),
    gidGenerator: z.string(),
    keyName: z.string(),
    conflictPolicy: z.enum(policies).nullable().describe('Null: what the subscriber asks for'),
    updatePolicy: z.enum(policies).nullable().describe('Null: what the subscriber asks for'),
    mayPull: right,
    mayPush: right,
  })
  .partial();
const subscriberQuery = z.strictObject({
  publication: z.string(),
  url: z.string().describe('The Subscription URL'),
});
const list = '/api/v1/publications';
const template = `${list}/{id}`;
const readers = ['Publisher', 'Member'] as const;

/** What the site offers. */
export const publicationRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: list,
    summary: 'The publications of the site.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The list' },
    handle: async ({ context }) => jsonAnswer({ publications: (await context.store.publications()).map(viewOf) }),
  }),
  defineRoute({
    method: 'GET',
    template,
    summary: 'One publication.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The publication', 404: 'There is no such publication' },
    async handle({ context, names }) {
      const id = names['id'] ?? '';
      const publication = await context.store.publication(id);
      if (publication === undefined) throw new RequestError('CON-R003', `There is no publication “${id}”`);
      return jsonAnswer(viewOf(publication));
    },
  }),
  defineRoute({
    method: 'PUT',
    template,
    summary: 'Publishes what is below a path, or changes how; what is not said stays as it is.',
    roles: ['Publisher'],
    query: noQuery,
    body: jsonBody(settings),
    answers: { 200: 'Changed, or the same already', 201: 'Published', 404: 'There is no such path' },
    async handle({ context, services, actor, names, body }) {
      const said = whatIsSaid({
        ...body,
        conflictPolicy: body.conflictPolicy ?? undefined,
        updatePolicy: body.updatePolicy ?? undefined,
      });
      const undone = {
        ...(body.conflictPolicy === null ? { conflictPolicy: undefined } : {}),
        ...(body.updatePolicy === null ? { updatePolicy: undefined } : {}),
      };
      const { publication, outcome } = await services.publish(context, {
        ...said,
        ...undone,
        id: names['id'] ?? '',
        actor,
      });
      return jsonAnswer(viewOf(publication), { status: outcome === 'created' ? 201 : 200 });
    },
  }),
  defineRoute({
    method: 'DELETE',
    template,
    summary: 'Ends a publication with all that is known about its subscribers. The objects stay.',
    roles: ['Publisher'],
    query: noQuery,
    body: noBody,
    answers: { 204: 'Ended', 404: 'There is no such publication' },
    async handle({ context, actor, names }) {
      await unpublish(context, actor, names['id'] ?? '');
      return emptyAnswer(204);
    },
  }),
  defineRoute({
    method: 'GET',
    template: '/api/v1/subscribers',
    summary: 'The subscribers of each publication, and how they stand.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The list' },
    async handle({ context }) {
      const { publications } = await siteStatus(context);
      const subscribers = publications.flatMap(({ id, subscribers: rows }) =>
        rows.map((row) => ({ publication: id, ...row })),
      );
      return jsonAnswer({ subscribers });
    },
  }),
  defineRoute({
    method: 'DELETE',
    template: '/api/v1/subscribers',
    summary: 'Takes a subscriber off a publication. When it syncs again, everything is compared.',
    roles: ['Publisher'],
    query: subscriberQuery,
    body: noBody,
    answers: {
      204: 'Removed',
      404: 'There is no such publication or subscriber',
      409: 'Conflicts of it wait to be settled',
    },
    async handle({ context, actor, query }) {
      await removeSubscriber(context, actor, { publication: query.publication, subscriber: query.url });
      return emptyAnswer(204);
    },
  }),
];

function viewOf({ root, collection: _collection, conflictPolicy, updatePolicy, ...shown }: Publication): unknown {
  return { ...shown, root, conflictPolicy: conflictPolicy ?? null, updatePolicy: updatePolicy ?? null };
}
