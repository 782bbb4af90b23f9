import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import { hasRole } from '../../use-cases/administration/access.ts';
import { addConflictRule } from '../../use-cases/exchange/conflict-rules.ts';
import type { ConflictView } from '../../use-cases/exchange/list-conflicts.ts';
import { conflictView } from '../../use-cases/exchange/list-conflicts.ts';
import type { Settlement } from '../../use-cases/exchange/resolve-conflict.ts';
import { resolveConflicts } from '../../use-cases/exchange/resolve-conflict.ts';
import { undoSettlements } from '../../use-cases/exchange/undo-settlement.ts';
import type { ShownConflict } from './conflict-view.ts';
import { peerNames, shownConflict } from './conflict-view.ts';
import type { FormState } from './fields.ts';
import { attempt, faultyForm, newForm } from './fields.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What the page of one conflict shows. */
export interface OneConflictView {
  readonly conflict: ShownConflict;
  readonly self: string;
  readonly back: string;
  readonly form: FormState;
  readonly isLong: boolean;
  readonly mayEdit: boolean;
  readonly mayRule: boolean;
}

const longText = 80;
const nothing = z.object({});
/** What is said beside the value. */
const faultsOfValue = { 'CON-R021': 'value', 'CON-R008': 'value', 'CON-R006': 'value', 'CON-X002': 'value' } as const;

/** One conflict: both values in full, either kept or another one written; taken back; a rule made of it. */
export const oneConflictPage: SitePage = definePage({
  template: `/${toolId}/conflicts/{id}`,
  roles: ['Publisher', 'Member'],
  query: nothing,
  async show(call) {
    const conflict = await existing(call);
    return page(call, conflict, newForm({ value: conflict.publisher.value ?? '', choice: 'publisher' }));
  },
  async submit(call) {
    const { context, actor, form } = call;
    const conflict = await existing(call);
    const wished = form.values['do'];
    if (wished === 'undo') {
      await undoSettlements(context, actor, { ids: [conflict.id] });
      return { kind: 'see-other', to: toolHref(context.site, 'conflicts', conflict.id), notice: 'reopened' };
    }
    if (wished === 'rule') {
      const keep = z.enum(['publisher', 'subscriber', 'newer']).catch('newer').parse(form.values['keep']);
      await addConflictRule(context, actor, { field: conflict.field, keep });
      return { kind: 'see-other', to: toolHref(context.site, 'rules'), notice: 'ruleMade' };
    }
    return settle(call, conflict);
  },
});

async function settle(call: FormCall<unknown>, conflict: ConflictView): Promise<PageResult> {
  const { context, actor, form, t } = call;
  const settlement = settlementOf(form.values);
  if (settlement === undefined) return page(call, conflict, faultyForm(form.values, { choice: t('fault.required') }));
  const { id } = conflict;
  const versions = { [id]: Number(form.values['version']) };
  const done = await attempt(call, faultsOfValue, () =>
    resolveConflicts(context, actor, { ids: [id], versions, ...settlement }),
  );
  if (!done.isDone) return page(call, await existing(call), done.state);
  return { kind: 'see-other', to: toolHref(context.site, 'conflicts', id), notice: 'settled' };
}

function settlementOf(values: Readonly<Record<string, string>>): Settlement | undefined {
  switch (values['choice']) {
    case 'publisher':
      return { keep: 'publisher' };
    case 'subscriber':
      return { keep: 'subscriber' };
    case 'other':
      return { value: values['value'] ?? '' };
    case 'remove':
      return { value: undefined };
    default:
      return undefined;
  }
}

async function page(call: PageCall<unknown>, conflict: ConflictView, form: FormState): Promise<Page> {
  const { context, actor, t } = call;
  const shown = await shownConflict({ context, t, names: await peerNames(context) }, conflict);
  const values = [conflict.base, conflict.publisher.value, conflict.subscriber.value];
  const view: OneConflictView = {
    conflict: shown,
    self: toolHref(context.site, 'conflicts', conflict.id),
    back: toolHref(context.site, 'conflicts'),
    form,
    isLong: values.some((value) => (value ?? '').length > longText || (value ?? '').includes('\n')),
    mayEdit: conflict.field !== 'existence' && conflict.field !== 'parent',
    mayRule: hasRole(actor, 'Publisher'),
  };
  const way = [{ label: t('conflicts.title'), href: toolHref(context.site, 'conflicts') }];
  const title = t('conflicts.one', { field: shown.fieldLabel, path: shown.path });
  const frame = {
    template: 'conflict',
    title,
    tab: 'conflicts',
    area: 'conflicts',
    way,
    view,
    status: form.status,
  } as const;
  return toolPage(call, frame);
}

async function existing({ context, names }: PageCall<unknown>): Promise<ConflictView> {
  const id = names['id'] ?? '';
  const conflict = await context.store.conflict(id);
  if (conflict === undefined) throw new RequestError('CON-R010', `There is no conflict “${id}” at ${context.site}`);
  return conflictView(context, conflict);
}
