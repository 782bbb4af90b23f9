import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import { parseGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { HistoryEntry } from '../../use-cases/objects/object-history.ts';
import { deletedObjects, objectHistory, restoreRevision } from '../../use-cases/objects/object-history.ts';
import { pathOf } from '../../use-cases/objects/read-object.ts';
import { jsonAnswer } from '../answer.ts';
import { noBody } from '../body-reader.ts';
import { pageLimit, wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { entryOf } from './objects.ts';

const gid = z.string().optional().describe('Instead of the path');
const seq = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const historyQuery = z.strictObject({ gid, before: seq.optional(), limit: pageLimit });
const restoreQuery = z.strictObject({
  gid,
  restore: z
    .union([z.literal(''), seq])
    .describe('The sequence number of the revision; empty: the newest, for what was deleted'),
});
const deletedQuery = z.strictObject({ limit: pageLimit });
const template = '/api/v1/history/{path}';
const roles = ['Publisher', 'Member'] as const;

/** What objects were, and bringing that back. */
export const historyRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template,
    summary: 'The revisions of an object that is there or was deleted, the newest first, with what each changed.',
    roles,
    query: historyQuery,
    body: noBody,
    answers: { 200: 'The revisions', 404: 'There never was one' },
    async handle({ context, path, query }) {
      const { before, limit } = query;
      const name = gidOf(query.gid) ?? path;
      const history = await objectHistory(context, name, { limit, ...(before === undefined ? {} : { before }) });
      return jsonAnswer({ history: history.map(viewOf) });
    },
  }),
  defineRoute({
    method: 'POST',
    template,
    summary:
      'Brings an old revision back as a new one, or a deleted object to where it was, with the folders above it.',
    roles,
    query: restoreQuery,
    body: noBody,
    answers: { 200: 'Brought back', 404: 'There is no such object or revision', 409: 'The name is taken' },
    async handle({ context, actor, path, query }) {
      const number = query.restore === '' ? undefined : query.restore;
      const name = nameOf(path, query.gid);
      const { version, revived } = await restoreRevision(context, actor, { ...name, seq: number });
      const folders: string[] = [];
      for (const folder of revived) folders.push(formatPath(await pathOf(context.store, folder.gid)));
      return jsonAnswer({ ...entryOf(version, await pathOf(context.store, version.gid)), revivedFolders: folders });
    },
  }),
  defineRoute({
    method: 'GET',
    template: '/api/v1/deleted/{path}',
    summary: 'The objects that were deleted from a folder, or from the top of the site, the newest deletion first.',
    roles,
    query: deletedQuery,
    body: noBody,
    answers: { 200: 'The list', 404: 'There is no such folder' },
    async handle({ context, path, query }) {
      const deleted = await deletedObjects(context, path, query.limit);
      const entries = deleted.map(({ seq: number, version, edits }) => ({
        ...entryOf(version, [...path, version.id]),
        seq: number,
        deletedAt: edits.main.at,
        deletedBy: edits.main.by,
      }));
      return jsonAnswer({ path: formatPath(path), deleted: entries });
    },
  }),
];

function nameOf(path: Path, text: string | undefined): { readonly path: Path } | { readonly gid: Gid } {
  const named = gidOf(text);
  return named === undefined ? { path } : { gid: named };
}

function gidOf(text: string | undefined): Gid | undefined {
  if (text === undefined) return undefined;
  const parsed = parseGid(text);
  if (parsed === undefined) throw new RequestError('CON-R008', 'The gid cannot be one');
  return parsed;
}

/** A field that is not there has no value: null, because JSON would leave undefined out. */
function viewOf(entry: HistoryEntry): unknown {
  const changes = entry.changes.map(({ field, before, after }) => ({
    field,
    before: before ?? null,
    after: after ?? null,
  }));
  return { ...entry, changes };
}
