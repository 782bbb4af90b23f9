import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Role } from '../../ports/account-store.ts';
import { roles } from '../../ports/account-store.ts';
import type { AccountView } from '../../use-cases/administration/accounts.ts';
import {
  addAccount,
  listAccounts,
  removeAccount,
  setPassword,
  setRoles,
} from '../../use-cases/administration/accounts.ts';
import { accountsHref, accountsPage, accountsTool } from './accounts-frame.ts';
import type { FormState } from './fields.ts';
import { attempt, faultyForm, newForm, readFields, requiredText } from './fields.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import { toolHref } from './synchronization-frame.ts';

/** An account in the list. */
export interface AccountRow extends AccountView {
  readonly href: string;
  readonly roleNames: readonly string[];
}

/** What the list of accounts shows. */
export interface AccountsView {
  readonly rows: readonly AccountRow[];
  readonly addHref: string;
  readonly auditHref: string;
}

/** What the form of an account shows. */
export interface AccountFormView {
  readonly name: string | undefined;
  readonly self: string;
  readonly back: string;
  readonly form: FormState;
  readonly roles: readonly {
    readonly value: string;
    readonly label: string;
    readonly help: string;
    readonly isChosen: boolean;
  }[];
  readonly isOwn: boolean;
}

const leastPassword = 8;
const password = z.string('fault.required').min(leastPassword, 'fault.shortPassword').max(1_000, 'fault.long');
const manager = [] as const;
const nothing = z.object({});

/** Accounts of the site: listed, made, changed, removed. */
export const accountsPages: readonly SitePage[] = [
  definePage({
    template: `/${accountsTool}`,
    roles: manager,
    query: nothing,
    async show(call) {
      const { context, actor, t } = call;
      const { site } = context;
      const view: AccountsView = {
        rows: (await listAccounts(context, actor)).map((account) => ({
          ...account,
          href: accountsHref(site, 'account', account.name),
          roleNames: account.roles.map((role) => t(`role.${role}`)),
        })),
        addHref: accountsHref(site, 'add'),
        auditHref: `${toolHref(site, 'log')}?kind=audit`,
      };
      return accountsPage(call, { template: 'accounts', title: t('accounts.title'), tab: 'accounts', view });
    },
  }),
  definePage({
    template: `/${accountsTool}/add`,
    roles: manager,
    query: nothing,
    show: async (call) => formPage(call, { form: newForm(), chosen: ['Member'], name: undefined }),
    submit: add,
  }),
  definePage({
    template: `/${accountsTool}/account/{name}`,
    roles: manager,
    query: nothing,
    async show(call) {
      const account = await existing(call);
      return formPage(call, { form: newForm(), chosen: account.roles, name: account.name });
    },
    submit: change,
  }),
];

async function add(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, form, t } = call;
  const chosen = rolesIn(call);
  const read = readFields(t, form, z.object({ name: requiredText(100), password }));
  if (!read.isDone || chosen.length === 0) {
    const state = read.isDone ? newForm(form.values) : read.state;
    const faults = { ...state.faults, ...(chosen.length === 0 ? { roles: t('accounts.noRole') } : {}) };
    return formPage(call, { form: faultyForm(form.values, faults), chosen, name: undefined });
  }
  const { name } = read.result;
  // Who is given a password chooses another one at the first sign-in.
  const account = { name, roles: chosen, password: read.result.password, mustChangePassword: true };
  const done = await attempt(call, { 'CON-R006': 'name', 'CON-R008': 'name' }, () =>
    addAccount(context, actor, account),
  );
  if (!done.isDone) return formPage(call, { form: done.state, chosen, name: undefined });
  return { kind: 'see-other', to: accountsHref(context.site), notice: 'accountAdded' };
}

async function change(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, form, t } = call;
  const { name, roles: held } = await existing(call);
  const self = accountsHref(context.site, 'account', name);
  switch (form.values['do']) {
    case 'remove': {
      await removeAccount(context, actor, name);
      return { kind: 'see-other', to: accountsHref(context.site), notice: 'accountRemoved' };
    }
    case 'password': {
      const read = readFields(t, form, z.object({ password }));
      if (!read.isDone) return formPage(call, { form: read.state, chosen: held, name });
      await setPassword(context, actor, { name, password: read.result.password });
      return { kind: 'see-other', to: self, notice: 'passwordSet' };
    }
    default: {
      const chosen = rolesIn(call);
      if (chosen.length === 0) {
        const state = faultyForm(form.values, { roles: t('accounts.noRole') });
        return formPage(call, { form: state, chosen, name });
      }
      await setRoles(context, actor, { name, roles: chosen });
      return { kind: 'see-other', to: self, notice: 'settingsSaved' };
    }
  }
}

interface Shown {
  readonly form: FormState;
  readonly chosen: readonly Role[];
  readonly name: string | undefined;
}

function formPage(call: PageCall<unknown>, { form, chosen, name }: Shown): Page {
  const { context, actor, t } = call;
  const view: AccountFormView = {
    name,
    form,
    self: name === undefined ? accountsHref(context.site, 'add') : accountsHref(context.site, 'account', name),
    back: accountsHref(context.site),
    roles: roles.map((role) => ({
      value: role,
      label: t(`role.${role}`),
      help: t(`role.${role}.help`),
      isChosen: chosen.includes(role),
    })),
    isOwn: name === actor.name,
  };
  const title = name ?? t('accounts.add');
  return accountsPage(call, { template: 'account', title, tab: 'accounts', way: [], view, status: form.status });
}

function rolesIn({ form }: FormCall<unknown>): readonly Role[] {
  return roles.filter((role) => form.all('roles').includes(role));
}

async function existing({ context, actor, names }: PageCall<unknown>): Promise<AccountView> {
  const name = names['name'] ?? '';
  const account = (await listAccounts(context, actor)).find((each) => each.name === name);
  if (account === undefined) throw new RequestError('CON-R011', `There is no account “${name}”`);
  return account;
}
