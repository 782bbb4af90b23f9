import { z } from 'zod';
import { jsonAnswer } from '../answer.ts';
import { noBody } from '../body-reader.ts';
import { pageLimit } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';

const logQuery = z.strictObject({ subject: z.string().optional(), limit: pageLimit });

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
    async handle({ context, query }) {
      const { subject, limit } = query;
      return jsonAnswer({ lines: await context.store.log({ limit, ...(subject === undefined ? {} : { subject }) }) });
    },
  }),
];
