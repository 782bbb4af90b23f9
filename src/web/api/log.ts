import { z } from 'zod';
import type { LogLine, PeerReader } from '../../ports/peer-reader.ts';
import { auditKinds, logEntry, logKinds } from '../../use-cases/administration/read-log.ts';
import { jsonAnswer } from '../answer.ts';
import { noBody } from '../body-reader.ts';
import { noQuery, pageLimit, wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { numberNamed } from './named-number.ts';
import { logLineShape } from './shapes.ts';

const before = wholeNumber(1, Number.MAX_SAFE_INTEGER)
  .optional()
  .describe('Only lines older than the one with this number');
const subject = z.string().optional().describe('The publication, subscription or account');
const logQuery = z.strictObject({ subject, kind: z.enum(logKinds).optional(), before, limit: pageLimit });
const auditQuery = z.strictObject({ subject, before, limit: pageLimit });
const page = z.object({ lines: z.array(logLineShape), next: z.int().nullable().describe('Give it as `before`') });

/** The log of the site. */
export const logRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: '/api/v1/log',
    summary: 'The log of synchronisations, conflicts, deletions, access and administration, the newest first.',
    roles: ['Publisher'],
    query: logQuery,
    body: noBody,
    answers: { 200: 'The lines' },
    shape: page,
    async handle({ context, query }) {
      const { kind, ...rest } = query;
      return jsonAnswer(await pageOf(context.store, { ...rest, kinds: kind === undefined ? undefined : [kind] }));
    },
  }),
  defineRoute({
    method: 'GET',
    template: '/api/v1/log/{number}',
    summary: 'One line with all its details: of a sync, what it changed object by object, field by field.',
    roles: ['Publisher'],
    query: noQuery,
    body: noBody,
    answers: { 200: 'The line', 404: 'There is no such line' },
    shape: logLineShape,
    handle: async ({ context, actor, names }) =>
      jsonAnswer(await logEntry(context, actor, numberNamed(names, 'number', 'CON-R018'))),
  }),
  defineRoute({
    method: 'GET',
    template: '/api/v1/audit',
    summary: 'Who signed in, changed rights, settled conflicts, allowed deletions; the newest first.',
    roles: [],
    query: auditQuery,
    body: noBody,
    answers: { 200: 'The lines' },
    shape: page,
    handle: async ({ context, query }) => jsonAnswer(await pageOf(context.store, { ...query, kinds: auditKinds })),
  }),
];

interface Asked {
  readonly subject?: string | undefined;
  readonly kinds: readonly LogLine['kind'][] | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

async function pageOf(
  store: Pick<PeerReader, 'log'>,
  { subject: about, kinds, before: older, limit }: Asked,
): Promise<unknown> {
  const found = await store.log({
    limit: limit + 1,
    ...(about === undefined ? {} : { subject: about }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(older === undefined ? {} : { before: older }),
  });
  const lines = found.slice(0, limit);
  return { lines, next: found.length > limit ? (lines.at(-1)?.number ?? null) : null };
}
