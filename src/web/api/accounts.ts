import { z } from 'zod';
import { roles } from '../../ports/account-store.ts';
import {
  addAccount,
  listAccounts,
  removeAccount,
  setPassword,
  setRoles,
} from '../../use-cases/administration/accounts.ts';
import { emptyAnswer, jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
import { noQuery } from '../query.ts';
import type { Call, Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { accountShape } from './shapes.ts';

const password = z.string().min(1);
const accountBody = z.strictObject({
  roles: z.array(z.enum(roles)).min(1),
  password: password.optional().describe('Needed for a new account; left out, an account keeps its own'),
});
const passwordBody = z.strictObject({ password });
const template = '/api/v1/accounts/{name}';

/** The accounts of the site. Hashes of passwords never leave the server. */
export const accountRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: '/api/v1/accounts',
    summary: 'The accounts of the site.',
    roles: [],
    query: noQuery,
    body: noBody,
    answers: { 200: 'The list' },
    shape: z.object({ accounts: z.array(accountShape) }),
    handle: async ({ context, actor }) => jsonAnswer({ accounts: await listAccounts(context, actor) }),
  }),
  defineRoute({
    method: 'PUT',
    template,
    summary: 'Makes an account, or gives one other roles and, where said, another password.',
    roles: [],
    query: noQuery,
    body: jsonBody(accountBody),
    answers: { 200: 'Changed', 201: 'Made' },
    async handle({ context, actor, names, body }) {
      const name = names['name'] ?? '';
      if ((await context.accounts.account(name)) === undefined) {
        // addAccount refuses the empty password of those who give none.
        const added = await addAccount(context, actor, { name, roles: body.roles, password: body.password ?? '' });
        return jsonAnswer(added, { status: 201 });
      }
      const changed = await setRoles(context, actor, { name, roles: body.roles });
      if (body.password !== undefined) await setPassword(context, actor, { name, password: body.password });
      return jsonAnswer(changed);
    },
  }),
  defineRoute({
    method: 'DELETE',
    template,
    summary: 'Removes an account.',
    roles: [],
    query: noQuery,
    body: noBody,
    answers: { 204: 'Removed', 404: 'There is no such account' },
    async handle({ context, actor, names }) {
      await removeAccount(context, actor, names['name'] ?? '');
      return emptyAnswer(204);
    },
  }),
  defineRoute({
    method: 'PUT',
    template: `${template}/password`,
    summary: 'Sets a password: everybody the own one, a Manager any.',
    roles: 'everyone',
    query: noQuery,
    body: jsonBody(passwordBody),
    answers: { 204: 'Set', 404: 'There is no such account' },
    async handle({ context, actor, names, body }: Call<unknown, z.output<typeof passwordBody>>) {
      await setPassword(context, actor, { name: names['name'] ?? '', password: body.password });
      return emptyAnswer(204);
    },
  }),
];
