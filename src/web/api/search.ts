import { z } from 'zod';
import { formatPath, parsePath } from '../../objects/path.ts';
import { searchObjects } from '../../use-cases/objects/search-objects.ts';
import { jsonAnswer } from '../answer.ts';
import { noBody } from '../body-reader.ts';
import { pageLimit } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { entryOf } from './objects.ts';

/** One request looks at so many objects. */
const searchedAtOnce = 4_000;
const text = z.string();

/** Looking for objects by what stands in them. */
export const searchRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: '/api/v1/search/{path}',
    summary:
      'Objects below the path with the text in their id or in a field; capital letters do not count. There is no index: a request looks at some thousand objects, and `next` goes on behind them.',
    roles: ['Publisher', 'Member'],
    query: z.strictObject({
      text: z.string().trim().min(1).max(200),
      after: z.string().optional().describe('`next` of the request before'),
      limit: pageLimit,
    }),
    body: noBody,
    answers: { 200: 'What was found, how many objects were looked at, and where to go on', 404: 'There is no object' },
    shape: z.object({
      found: z.array(z.object({ path: text, id: text, gid: text, type: text, digest: text })),
      read: z.int(),
      next: text.nullable(),
    }),
    async handle({ context, path, query }) {
      const after = query.after === undefined ? undefined : parsePath(query.after);
      const request = { path, text: query.text, after, limit: query.limit, mostRead: searchedAtOnce };
      const { found, read, next } = await searchObjects(context, request);
      const entries = found.map(({ version, path: at }) => entryOf(version, at));
      return jsonAnswer({ found: entries, read, next: next === undefined ? null : formatPath(next) });
    },
  }),
];
