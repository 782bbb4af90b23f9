import { z } from 'zod';
import type { ShownKey } from '../../use-cases/administration/keys.ts';
import {
  exportKey,
  importKey,
  listKeys,
  makeKey,
  revokeKey,
  rotateKey,
  trustKey,
} from '../../use-cases/administration/keys.ts';
import type { KeyOwner } from '../../use-cases/exchange/seals.ts';
import type { FormState } from './fields.ts';
import { attempt, newForm, optionalText, readFields, requiredText } from './fields.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { Choice } from './sync-choices.ts';
import type { StateWord } from './synchronization-frame.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** A key in the list. */
export interface KeyRow {
  readonly name: string;
  /** In groups of four, to be read out. */
  readonly fingerprint: string;
  readonly id: string;
  readonly isOwn: boolean;
  readonly state: StateWord;
  readonly expiresAt: number | undefined;
  readonly owners: readonly string[];
  readonly mayRotate: boolean;
  readonly mayRevoke: boolean;
  readonly exportHref: string;
}

/** What the page of the keys shows. */
export interface KeysView {
  readonly rows: readonly KeyRow[];
  readonly self: string;
  readonly makeHref: string;
  readonly importHref: string;
  readonly trustHref: string;
  readonly form: FormState;
  readonly trustable: readonly Choice[];
  readonly owners: readonly Choice[];
}

const template = `/${toolId}/keys`;
const manager = [] as const;
const nothing = z.object({});
const makeFields = z.object({
  name: requiredText(200),
  email: z.union([z.literal('').transform(() => undefined), z.email('fault.invalid')]).optional(),
  days: z
    .union([z.literal('').transform(() => undefined), z.coerce.number('fault.invalid').int().min(1).max(36_500)])
    .optional(),
});
const importFields = z.object({
  text: requiredText(100_000),
  importName: optionalText(200),
  passphrase: z.string().max(1_000, 'fault.long').default(''),
});
const trustFields = z.object({ key: requiredText(200), owner: requiredText(500) });

/** The OpenPGP keys of the site: listed, made, taken in, given out, trusted, rotated and revoked. */
export const keysPages: readonly SitePage[] = [
  definePage({ template, roles: manager, query: nothing, show, submit: rotateOrRevoke }),
  definePage({ template: `${template}/make`, roles: manager, query: nothing, show, submit: make }),
  definePage({ template: `${template}/import`, roles: manager, query: nothing, show, submit: take }),
  definePage({ template: `${template}/trust`, roles: manager, query: nothing, show, submit: trust }),
  definePage({
    template: `${template}/public/{fingerprint}`,
    roles: manager,
    query: nothing,
    async show({ context, names }) {
      const fingerprint = names['fingerprint'] ?? '';
      const headers = { 'Content-Disposition': `attachment; filename="${fingerprint.replace(/\W/g, '')}.asc"` };
      const body = await exportKey(context, fingerprint);
      return { kind: 'answer', answer: { status: 200, type: 'application/pgp-keys', body, headers } };
    },
  }),
];

async function show(call: PageCall<unknown>): Promise<Page> {
  return page(call, newForm());
}

async function make(call: FormCall<unknown>): Promise<PageResult> {
  const read = readFields(call.t, call.form, makeFields);
  if (!read.isDone) return page(call, read.state);
  const { name, email, days: expiresAfterDays } = read.result;
  return after(call, 'keyMade', { 'CON-R006': 'name' }, () =>
    makeKey(call.context, call.actor, { name, email, expiresAfterDays }),
  );
}

async function take(call: FormCall<unknown>): Promise<PageResult> {
  const read = readFields(call.t, call.form, importFields);
  if (!read.isDone) return page(call, read.state);
  const { text, importName: name, passphrase: typed } = read.result;
  const passphrase = typed === '' ? undefined : typed;
  return after(call, 'keyImported', { 'CON-K002': 'text' }, () =>
    importKey(call.context, call.actor, { text, name, passphrase }),
  );
}

async function trust(call: FormCall<unknown>): Promise<PageResult> {
  const read = readFields(call.t, call.form, trustFields);
  if (!read.isDone) return page(call, read.state);
  const { key: name, owner } = read.result;
  if (!isOwner(owner)) return page(call, { ...newForm(call.form.values), fault: call.t('fault.invalid'), status: 422 });
  const fields = { 'CON-K001': 'key', 'CON-K002': 'key', 'CON-R004': 'owner', 'CON-R011': 'owner' };
  return after(call, 'keyTrusted', fields, () => trustKey(call.context, call.actor, { name, owner }));
}

async function rotateOrRevoke(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, form } = call;
  const { rotate, revoke } = form.values;
  if (rotate !== undefined) return after(call, 'keyRotated', {}, () => rotateKey(context, actor, { name: rotate }));
  if (revoke !== undefined) return after(call, 'keyRevoked', {}, () => revokeKey(context, actor, revoke));
  return show(call);
}

async function after(
  call: FormCall<unknown>,
  notice: string,
  ...[fields, work]: [Parameters<typeof attempt>[1], () => Promise<unknown>]
): Promise<PageResult> {
  const done = await attempt(call, fields, work);
  if (!done.isDone) return page(call, done.state);
  return { kind: 'see-other', to: toolHref(call.context.site, 'keys'), notice };
}

async function page(call: PageCall<unknown>, form: FormState): Promise<Page> {
  const { context, t } = call;
  const { site } = context;
  const keys = await listKeys(context);
  // A passphrase is never sent back.
  const { passphrase: _, ...values } = form.values;
  const view: KeysView = {
    rows: keys.map((key) => rowOf(call, key)),
    self: toolHref(site, 'keys'),
    makeHref: toolHref(site, 'keys', 'make'),
    importHref: toolHref(site, 'keys', 'import'),
    trustHref: toolHref(site, 'keys', 'trust'),
    form: { ...form, values },
    trustable: keys
      .filter(({ isOwn, revokedAt }) => !isOwn && revokedAt === undefined)
      .map(({ name, fingerprint }) => ({ value: fingerprint, label: `${name} (${fingerprint.slice(-16)})` })),
    owners: await ownersOf(call),
  };
  return toolPage(call, { template: 'keys', title: t('keys.title'), tab: 'keys', view, status: form.status });
}

function rowOf({ context, t }: PageCall<unknown>, key: ShownKey): KeyRow {
  const { name, fingerprint, isOwn, revokedAt, expiresAt, owners } = key;
  return {
    name,
    id: fingerprint,
    fingerprint: fingerprint.replace(/(.{4})(?=.)/g, '$1 '),
    isOwn,
    state: stateOf(),
    expiresAt,
    owners: owners.map((owner) => ownerText({ t }, owner)),
    mayRotate: isOwn && revokedAt === undefined,
    mayRevoke: revokedAt === undefined,
    exportHref: toolHref(context.site, 'keys', 'public', fingerprint),
  };

  function stateOf(): StateWord {
    if (revokedAt !== undefined) return { word: t('keys.state.revoked'), look: 'bad' };
    if (expiresAt !== undefined && expiresAt <= context.clock.now())
      return { word: t('keys.state.expired'), look: 'warn' };
    if (!isOwn && owners.length === 0) return { word: t('keys.state.untrusted'), look: 'wait' };
    return { word: t('keys.state.good'), look: 'good' };
  }
}

async function ownersOf({ context, t }: PageCall<unknown>): Promise<readonly Choice[]> {
  const subscriptions = (await context.store.subscriptions()).map(({ id }) => `subscription:${id}`);
  const accounts = [...(await context.accounts.accounts()), ...(await context.installationAccounts.accounts())]
    .filter(({ roles }) => roles.includes('Synchronizer'))
    .map(({ name }) => `account:${name}`);
  return [...subscriptions, ...accounts].map((value) => ({ value, label: ownerText({ t }, value) }));
}

function ownerText({ t }: Pick<PageCall<unknown>, 't'>, owner: string): string {
  const name = owner.slice(owner.indexOf(':') + 1);
  return t(owner.startsWith('account:') ? 'keys.owner.account' : 'keys.owner.subscription', { name });
}

function isOwner(text: string): text is KeyOwner {
  return /^(?:account|subscription):./s.test(text);
}
