import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Field } from '../../objects/edit.ts';
import { parseGid } from '../../objects/gid.ts';
import type { ConflictFilter } from '../../ports/peer-reader.ts';
import type { ConflictView } from '../../use-cases/exchange/list-conflicts.ts';
import { conflictView, filterOfDesk, listConflicts } from '../../use-cases/exchange/list-conflicts.ts';
import { resolveConflicts } from '../../use-cases/exchange/resolve-conflict.ts';
import { otherNumber, resolveFound, undoTogether } from '../../use-cases/exchange/settle-together.ts';
import { canUndo, undoSettlements } from '../../use-cases/exchange/undo-settlement.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
import { noQuery, pageLimit, wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { conflictShape } from './shapes.ts';

const readers = ['Publisher', 'Member'] as const;
const place = wholeNumber(0, Number.MAX_SAFE_INTEGER).optional();
const filterShape = {
  publication: z.string().optional(),
  subscription: z.string().optional(),
  subscriber: z.string().optional().describe('The subscription URL of one that takes from this site'),
  path: z.string().optional().describe('Of the object there, and of all that stands below it'),
  field: z.string().optional().describe('As a conflict names it'),
  openedFrom: place.describe('Opened then or later; milliseconds since 1970'),
  openedBefore: place.describe('Opened earlier'),
};
const listQuery = z.strictObject({
  ...filterShape,
  state: z.enum(['open', 'closing', 'settled', 'all']).default('open'),
  role: z.enum(['publisher', 'subscriber']).optional(),
  peer: place,
  gid: z.string().optional(),
  listedAfter: place.describe('`next` of the page before'),
  limit: pageLimit,
});
const ids = z.array(z.string()).min(1).max(1_000);
const versions = z
  .record(z.string(), z.int())
  .optional()
  .describe('By id, the `version` that you have seen: a conflict that has changed since is refused');
const keep = z.enum(['publisher', 'subscriber', 'newer']);
const settlement = z.union([
  z.strictObject({ ids, versions, keep }),
  z.strictObject({ ids, versions, value: z.string().nullable().describe('Null takes the field away') }),
  z.strictObject({
    filter: z.strictObject(filterShape),
    keep,
    count: z
      .int()
      .min(0)
      .optional()
      .describe('How many you mean to settle; without it, or where it is not so many, you are told how many there are'),
  }),
]);
const settled = z.object({
  settled: z.int(),
  toBeSent: z.int(),
  left: z.int().optional().describe('By filter: so many cannot be settled so, and stay open'),
  batch: z.string().nullable().optional().describe('By filter: give it to `undo` to take all of it back'),
});
const undone = z.object({ reopened: z.int(), left: z.int().optional() });

/** The conflicts of the site. */
export const conflictRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: '/api/v1/conflicts',
    summary: 'Conflicts in the order in which they were last written; the open ones unless `state` says otherwise.',
    roles: readers,
    query: listQuery,
    body: noBody,
    answers: { 200: 'A page of the list', 404: 'There is no such publication, subscription or path' },
    shape: z.object({ conflicts: z.array(conflictShape), next: z.int().nullable() }),
    async handle({ context, query }) {
      const { limit, listedAfter } = query;
      const filter = await filterOf(context, query);
      const page = { ...filter, limit: limit + 1, ...(listedAfter === undefined ? {} : { listedAfter }) };
      const found = await listConflicts(context, page);
      const conflicts = found.slice(0, limit);
      const next = found.length > limit ? (conflicts.at(-1)?.listedAt ?? null) : null;
      return jsonAnswer({ conflicts: conflicts.map(viewOf), next });
    },
  }),
  defineRoute({
    method: 'GET',
    template: '/api/v1/conflicts/{id}',
    summary: 'One conflict. The ETag is its version.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The conflict', 404: 'There is no such conflict' },
    shape: conflictShape,
    async handle({ context, names }) {
      const conflict = await conflictNamed(context, names['id'] ?? '');
      const isUndoable = await canUndo(context, conflict);
      return jsonAnswer({ ...viewOf(conflict), canUndo: isUndoable }, { headers: { ETag: `"${conflict.listedAt}"` } });
    },
  }),
  defineRoute({
    method: 'PUT',
    template: '/api/v1/conflicts/{id}/settlement',
    summary: 'Settles one conflict. `If-Match` asks that it is still as it was read.',
    roles: readers,
    query: noQuery,
    body: jsonBody(
      z.union([z.strictObject({ keep }), z.strictObject({ value: z.string().nullable().describe('Null: no value') })]),
    ),
    answers: { 200: 'Settled', 404: 'There is no such conflict', 409: 'It was settled, or has changed, meanwhile' },
    shape: settled,
    async handle({ context, actor, names, request, body }) {
      const id = names['id'] ?? '';
      const how = 'keep' in body ? body : { value: body.value ?? undefined };
      const seen = versionIn(request.headers['if-match'], id);
      return jsonAnswer(await resolveConflicts(context, actor, { ids: [id], ...seen, ...how }));
    },
  }),
  defineRoute({
    method: 'DELETE',
    template: '/api/v1/conflicts/{id}/settlement',
    summary: 'Opens a conflict again that was settled here, until the other side has heard of it.',
    roles: readers,
    query: noQuery,
    body: noBody,
    answers: { 204: 'Open again', 404: 'There is no such conflict', 409: 'It has been sent, or changed since' },
    async handle({ context, actor, names, request }) {
      const id = names['id'] ?? '';
      await undoSettlements(context, actor, { ids: [id], ...versionIn(request.headers['if-match'], id) });
      return emptyAnswer(204);
    },
  }),
  defineRoute({
    method: 'POST',
    template: '/api/v1/conflicts/resolve',
    summary: 'Settles conflicts, those that are named (all or none) or all that a filter finds.',
    roles: readers,
    query: noQuery,
    body: jsonBody(settlement),
    answers: {
      200: 'How many are settled, and how many wait for the next sync to tell the publisher',
      404: 'There is no such conflict',
      409: 'One was settled meanwhile, or its field has changed; by filter: so many were not meant, the `detail` says how many there are',
    },
    shape: settled,
    async handle({ context, actor, body }) {
      if ('filter' in body) {
        const filter = await filterOf(context, { ...body.filter, state: 'open' });
        const { keep, count } = body;
        if (count === undefined) throw otherNumber(await context.store.countConflicts(filter));
        const done = await resolveFound(context, actor, { filter, keep, count });
        return jsonAnswer({ ...done, batch: done.batch ?? null });
      }
      const seen = body.versions === undefined ? {} : { versions: body.versions };
      const how = 'keep' in body ? { keep: body.keep } : { value: body.value ?? undefined };
      return jsonAnswer(await resolveConflicts(context, actor, { ids: body.ids, ...seen, ...how }));
    },
  }),
  defineRoute({
    method: 'POST',
    template: '/api/v1/conflicts/undo',
    summary:
      'Opens conflicts again that were settled here: all that are named or none; or of those that were settled together as many as can still be.',
    roles: readers,
    query: noQuery,
    body: jsonBody(z.union([z.strictObject({ ids, versions }), z.strictObject({ batch: z.string() })])),
    answers: {
      200: 'How many',
      404: 'There is no such conflict, or none is left of those',
      409: 'One has been sent, or changed since',
    },
    shape: undone,
    async handle({ context, actor, body }) {
      if ('batch' in body) return jsonAnswer(await undoTogether(context, actor, body.batch));
      const seen = body.versions === undefined ? {} : { versions: body.versions };
      return jsonAnswer(await undoSettlements(context, actor, { ids: body.ids, ...seen }));
    },
  }),
];

async function filterOf(context: SiteContext, query: Partial<z.output<typeof listQuery>>): Promise<ConflictFilter> {
  const { state, role, peer, field, ...desk } = query;
  const gid = query.gid === undefined ? undefined : parseGid(query.gid);
  if (query.gid !== undefined && gid === undefined) throw new RequestError('CON-R008', 'The gid cannot be one');
  const filter = await filterOfDesk(context, {
    ...desk,
    ...(state === undefined || state === 'all' ? {} : { state }),
    // Any text can stand as a field: one that is none finds nothing.
    field: field as Field | undefined,
  });
  return {
    ...filter,
    ...(role === undefined ? {} : { role }),
    ...(peer === undefined ? {} : { peer }),
    ...(gid === undefined ? {} : { gid }),
  };
}

async function conflictNamed(context: SiteContext, id: string): Promise<ConflictView> {
  const conflict = await context.store.conflict(id);
  if (conflict === undefined) throw new RequestError('CON-R010', `There is no conflict “${id}” at ${context.site}`);
  return conflictView(context, conflict);
}

function versionIn(ifMatch: string | undefined, id: string): { readonly versions?: Readonly<Record<string, number>> } {
  if (ifMatch === undefined || ifMatch === '*') return {};
  const [, version] = /^"(\d{1,15})"$/.exec(ifMatch) ?? [];
  if (version === undefined) throw new RequestError('CON-R008', 'If-Match is not the ETag of a conflict');
  return { versions: { [id]: Number(version) } };
}

function viewOf({ listedAt, ...conflict }: ConflictView): object {
  const { base, publisher, subscriber, stands } = conflict;
  return {
    ...conflict,
    version: listedAt,
    listedAt,
    // A field that is not there has no value: null, because JSON would leave undefined out.
    base: base ?? null,
    stands: stands ?? null,
    publisher: { ...publisher, value: publisher.value ?? null },
    subscriber: { ...subscriber, value: subscriber.value ?? null },
  };
}
