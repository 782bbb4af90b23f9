import { z } from 'zod';
import {
  exportKey,
  importKey,
  listKeys,
  makeKey,
  revokeKey,
  rotateKey,
  trustKey,
} from '../../use-cases/administration/keys.ts';
import { jsonAnswer } from '../answer.ts';
import { jsonBody, noBody } from '../body-reader.ts';
import { noQuery } from '../query.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';

const list = '/api/v1/keys';
const template = `${list}/{name}`;
const manager = [] as const;
const details = {
  email: z.email().optional().describe('An address to stand in it'),
  expiresAfterDays: z.int().min(1).max(36_500).optional().describe('Left out: it does not expire'),
};
const name = z.string().min(1).max(200);
const keyShape = z.object({
  fingerprint: z.string(),
  name: z.string(),
  userIds: z.array(z.string()),
  createdAt: z.int(),
  expiresAt: z.int().optional(),
  revokedAt: z.int().optional(),
  owners: z.array(z.string()).describe('`account:NAME`, `subscription:ID`; empty: trusted for nothing'),
  isOwn: z.boolean(),
});
const owner = z.union([
  z.strictObject({ account: z.string().min(1).describe('Who subscribes here with this account') }),
  z.strictObject({ subscription: z.string().min(1).describe('The publisher of this subscription') }),
]);
const unknown = 'There is no such key';

/** The OpenPGP keys of the site. A private key never leaves it. */
export const keyRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: list,
    summary: 'The OpenPGP keys of the site, the oldest first.',
    roles: manager,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The list' },
    shape: z.object({ keys: z.array(keyShape) }),
    handle: async ({ context }) => jsonAnswer({ keys: await listKeys(context) }),
  }),
  defineRoute({
    method: 'POST',
    template: list,
    summary: 'Makes a key of the site’s own.',
    roles: manager,
    query: noQuery,
    body: jsonBody(z.strictObject({ name, ...details })),
    answers: { 201: 'Made', 409: 'There is one of this name; make the next with its rotation' },
    shape: keyShape,
    handle: async ({ context, actor, body }) => jsonAnswer(await makeKey(context, actor, body), { status: 201 }),
  }),
  defineRoute({
    method: 'POST',
    template: `${list}/import`,
    summary: 'Takes in an armored key: a peer’s public one, or an own private one. It is trusted for nothing by that.',
    roles: manager,
    query: noQuery,
    body: jsonBody(z.strictObject({ text: z.string(), name: name.optional(), passphrase: z.string().optional() })),
    answers: { 201: 'Taken in', 400: 'It is no key, or its passphrase is wrong' },
    shape: keyShape,
    handle: async ({ context, actor, body }) => jsonAnswer(await importKey(context, actor, body), { status: 201 }),
  }),
  defineRoute({
    method: 'GET',
    template,
    summary: 'The public key, armored. Of several with the name the newest; a fingerprint names one.',
    roles: manager,
    query: noQuery,
    body: noBody,
    answers: { 200: 'The key', 404: unknown },
    shape: z.object({ publicKey: z.string() }),
    handle: async ({ context, names }) => jsonAnswer({ publicKey: await exportKey(context, names['name'] ?? '') }),
  }),
  defineRoute({
    method: 'POST',
    template: `${template}/rotation`,
    summary: 'Makes the next key of this name. The one before goes on beside it until it is revoked.',
    roles: manager,
    query: noQuery,
    body: jsonBody(z.strictObject(details)),
    answers: { 201: 'Made', 404: unknown },
    shape: keyShape,
    handle: async ({ context, actor, names, body }) =>
      jsonAnswer(await rotateKey(context, actor, { ...body, name: names['name'] ?? '' }), { status: 201 }),
  }),
  defineRoute({
    method: 'PUT',
    template: `${template}/owner`,
    summary: 'Says whose key it is. Compare its fingerprint with them first, by another way.',
    roles: manager,
    query: noQuery,
    body: jsonBody(owner),
    answers: { 200: 'Trusted', 404: 'There is no such key, account or subscription' },
    shape: keyShape,
    async handle({ context, actor, names, body }) {
      const whose =
        'account' in body ? (`account:${body.account}` as const) : (`subscription:${body.subscription}` as const);
      return jsonAnswer(await trustKey(context, actor, { name: names['name'] ?? '', owner: whose }));
    },
  }),
  defineRoute({
    method: 'DELETE',
    template,
    summary: 'Revokes a key for good. For an own one the answer has what peers must be given.',
    roles: manager,
    query: noQuery,
    body: noBody,
    answers: { 200: 'Revoked', 404: unknown },
    shape: z.object({ key: keyShape, publicKey: z.string() }),
    handle: async ({ context, actor, names }) => jsonAnswer(await revokeKey(context, actor, names['name'] ?? '')),
  }),
];
