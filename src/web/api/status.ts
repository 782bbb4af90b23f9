import { z } from 'zod';
import { measureSite } from '../../use-cases/administration/measure-site.ts';
import { jsonAnswer } from '../answer.ts';
import { noBody } from '../body-reader.ts';
import { wholeNumber } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';

const measure = z.object({ count: z.int(), oldestMs: z.number() });
const lag = z.object({
  publication: z.string(),
  url: z.string(),
  changes: z.int(),
  ms: z.number(),
  lastSyncAt: z.number().optional(),
});

/** How the site does: what the page shows in charts. */
export const statusRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: '/api/v1/status',
    summary:
      'Whether all flows; the queue, subscribers and how far behind they are, subscriptions, open conflicts by age.',
    roles: ['Publisher'],
    query: z.strictObject({
      furthest: wholeNumber(0, 1_000)
        .default(20)
        .describe('Of so many subscribers of a publication it is said how far'),
    }),
    body: noBody,
    answers: { 200: 'How the site does' },
    shape: z.object({
      flow: z.object({
        state: z.enum(['flowing', 'stalled', 'unable']),
        faults: z.array(
          z.object({
            check: z.string(),
            site: z.string(),
            text: z.string(),
            subscription: z.string().optional(),
            ms: z.number().optional(),
          }),
        ),
      }),
      site: z.string(),
      revisions: z.int(),
      activities: z.record(z.string(), measure).optional().describe('Left out when the queue does not answer'),
      publications: z.array(
        z.object({
          id: z.string(),
          subscribers: z.int(),
          behind: z.int(),
          inSession: z.int(),
          furthest: z.array(lag),
        }),
      ),
      subscriptions: z.array(
        z.object({
          id: z.string(),
          state: z.enum(['running', 'waiting', 'resting']),
          hasSchedule: z.boolean(),
          lastSyncAt: z.number().optional(),
        }),
      ),
      conflicts: z.array(z.object({ upToMs: z.number().optional(), count: z.int() })),
    }),
    async handle({ context, query, services }) {
      const flow = await services.watch.flow();
      const faults = flow.faults.filter(({ site }) => site === '' || site === context.site);
      const state = faults.length === 0 ? 'flowing' : flow.state;
      return jsonAnswer({ flow: { state, faults }, ...(await measureSite(context, query.furthest)) });
    },
  }),
];
