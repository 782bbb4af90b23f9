import { z } from 'zod';
import { parseGid } from '../../objects/gid.ts';
import { formatPath, parsePath } from '../../objects/path.ts';
import type { ConflictFilter, ListedConflict } from '../../ports/peer-reader.ts';
import { pathOf, readObject } from '../../use-cases/objects/read-object.ts';
import { resolveConflicts } from '../../use-cases/exchange/resolve-conflict.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import { jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
import { pageLimit, noQuery, wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { RequestError } from '../../errors/concord-error.ts';

const listQuery = z.strictObject({
  state: z.enum(['open', 'closing', 'settled', 'all']).default('open'),
  role: z.enum(['publisher', 'subscriber']).optional(),
  peer: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  gid: z.string().optional(),
  path: z.string().optional(),
  listedAfter: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: pageLimit,
});
const ids = z.array(z.string()).min(1);
const settlement = z.union([
  z.strictObject({ ids, keep: z.enum(['publisher', 'subscriber']) }),
  z.strictObject({ ids, value: z.string().nullable().describe('Null takes the field away') }),
]);

/** The conflicts of the site. */
export const conflictRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: '/api/v1/conflicts',
    summary: 'Conflicts in the order in which they were last written; the open ones unless `state` says otherwise.',
    roles: ['Publisher', 'Member'],
    query: listQuery,
    body: noBody,
    answers: { 200: 'The list' },
    async handle({ context, query }) {
      const found = await context.store.conflicts(await filterOf(context, query));
      const conflicts: unknown[] = [];
      for (const conflict of found) conflicts.push(await viewOf(context, conflict));
      return jsonAnswer({ conflicts });
    },
  }),
  defineRoute({
    method: 'POST',
    template: '/api/v1/conflicts/resolve',
    summary: 'Settles conflicts: with the value of one side, or with another one.',
    roles: ['Publisher', 'Member'],
    query: noQuery,
    body: jsonBody(settlement),
    answers: {
      200: 'How many are settled, and how many wait for the next sync to tell the publisher',
      404: 'There is no such conflict',
      409: 'One was settled meanwhile, or its field has changed',
    },
    async handle({ context, actor, body }) {
      const request = 'keep' in body ? body : { ids: body.ids, value: body.value ?? undefined };
      return jsonAnswer(await resolveConflicts(context, actor, request));
    },
  }),
];

async function filterOf(context: SiteContext, query: z.output<typeof listQuery>): Promise<ConflictFilter> {
  const { state, role, peer, listedAfter, limit } = query;
  const gid = query.path === undefined ? query.gid : (await readObject(context, parsePath(query.path))).gid;
  const parsedGid = gid === undefined ? undefined : parseGid(gid);
  if (gid !== undefined && parsedGid === undefined) throw new RequestError('CON-R008', 'The gid cannot be one');
  return {
    limit,
    ...(state === 'all' ? {} : { state }),
    ...(role === undefined ? {} : { role }),
    ...(peer === undefined ? {} : { peer }),
    ...(listedAfter === undefined ? {} : { listedAfter }),
    ...(parsedGid === undefined ? {} : { gid: parsedGid }),
  };
}

async function viewOf({ store }: SiteContext, conflict: ListedConflict): Promise<unknown> {
  const { base, publisher, subscriber } = conflict;
  return {
    ...conflict,
    path: formatPath(await pathOf(store, conflict.gid)),
    // A field that is not there has no value: null, because JSON would leave undefined out.
    base: base ?? null,
    publisher: { ...publisher, value: publisher.value ?? null },
    subscriber: { ...subscriber, value: subscriber.value ?? null },
  };
}
