import { z } from 'zod';
import { addConflictRule, listConflictRules, removeConflictRule } from '../../use-cases/exchange/conflict-rules.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
import { noQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { ruleShape } from './shapes.ts';

const template = '/api/v1/conflict-rules';
const ruleBody = z.strictObject({
  field: z.string().min(1).describe('As a conflict names it'),
  keep: z.enum(['publisher', 'subscriber', 'newer']),
  publication: z.string().optional().describe('Only conflicts of this publication'),
  subscription: z.string().optional().describe('Only conflicts of this subscription'),
});

/** Rules that settle conflicts by themselves. */
export const conflictRuleRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template,
    summary: 'The rules that settle conflicts by themselves; of two for one field the older decides.',
    roles: ['Publisher', 'Member'],
    query: noQuery,
    body: noBody,
    answers: { 200: 'The list' },
    shape: z.object({ rules: z.array(ruleShape) }),
    handle: async ({ context }) => jsonAnswer({ rules: await listConflictRules(context) }),
  }),
  defineRoute({
    method: 'POST',
    template,
    summary: 'Makes a rule: it settles the open conflicts of a field, and all that will come.',
    roles: ['Publisher'],
    query: noQuery,
    body: jsonBody(ruleBody),
    answers: { 201: 'Made', 404: 'There is no such publication or subscription' },
    shape: z.object({ rule: ruleShape, settled: z.int() }),
    handle: async ({ context, actor, body }) =>
      jsonAnswer(await addConflictRule(context, actor, body), { status: 201 }),
  }),
  defineRoute({
    method: 'DELETE',
    template: `${template}/{id}`,
    summary: 'Removes a rule; what it settled stays settled.',
    roles: ['Publisher'],
    query: noQuery,
    body: noBody,
    answers: { 204: 'Removed', 404: 'There is no such rule' },
    async handle({ context, actor, names }) {
      await removeConflictRule(context, actor, names['id'] ?? '');
      return emptyAnswer(204);
    },
  }),
];
