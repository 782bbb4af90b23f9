import { z } from 'zod';
import { listTokens, makeToken, revokeToken } from '../../use-cases/administration/tokens.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
import { noQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { tokenShape } from './shapes.ts';

const template = '/api/v1/tokens';
const tokenBody = z.strictObject({
  title: z.string().min(1).max(100).describe('What it is for'),
  account: z.string().optional().describe('A Manager may make one for another account'),
  days: z.int().min(1).max(36_500).optional().describe('It ends after so many days; left out: when it is revoked'),
});

/** Tokens for scripts, sent as `Authorization: Bearer …`. */
export const tokenRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template,
    summary: 'The tokens of the account that asks; a Manager sees those of all.',
    roles: 'everyone',
    query: z.strictObject({ account: z.string().optional() }),
    body: noBody,
    answers: { 200: 'The list' },
    shape: z.object({ tokens: z.array(tokenShape) }),
    handle: async ({ context, actor, query }) =>
      jsonAnswer({ tokens: await listTokens(context, actor, query.account) }),
  }),
  defineRoute({
    method: 'POST',
    template,
    summary: 'Makes a token with the roles of its account, good at this site. Its `secret` is shown this once.',
    roles: 'everyone',
    query: noQuery,
    body: jsonBody(tokenBody),
    answers: { 201: 'Made', 404: 'There is no such account' },
    shape: tokenShape.extend({ secret: z.string() }),
    async handle({ context, actor, body }) {
      const { account = actor.name, title, days } = body;
      return jsonAnswer(await makeToken(context, actor, { account, title, days }), { status: 201 });
    },
  }),
  defineRoute({
    method: 'DELETE',
    template: `${template}/{id}`,
    summary: 'Revokes a token.',
    roles: 'everyone',
    query: noQuery,
    body: noBody,
    answers: { 204: 'Revoked', 404: 'There is no such token' },
    async handle({ context, actor, names }) {
      await revokeToken(context, actor, names['id'] ?? '');
      return emptyAnswer(204);
    },
  }),
];
