import { z } from 'zod';
import { hasRole } from '../../use-cases/administration/access.ts';
import type { ConflictRule } from '../../ports/site-notes.ts';
import { addConflictRule, listConflictRules, removeConflictRule } from '../../use-cases/exchange/conflict-rules.ts';
import { fieldLabel } from './field-label.ts';
import type { FormState } from './fields.ts';
import { attempt, newForm, optionalText, readFields, requiredText } from './fields.ts';
import type { Page, PageCall, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { Choice } from './sync-choices.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What the page of the rules shows. */
export interface RulesView {
  readonly self: string;
  readonly rules: readonly (ConflictRule & { readonly label: string })[];
  readonly mayRule: boolean;
  readonly form: FormState;
  readonly fields: readonly Choice[];
  readonly keeps: readonly Choice[];
  readonly publications: readonly Choice[];
}

const keeps = ['newer', 'publisher', 'subscriber'] as const;
const fields = z.object({ field: requiredText(2_000), keep: z.enum(keeps), publication: optionalText(255) });
const shownFields = 50;

/** The rules that settle conflicts by themselves: shown, made, removed. */
export const rulesPage: SitePage = definePage({
  template: `/${toolId}/rules`,
  roles: ['Publisher', 'Member'],
  query: z.object({ field: z.string().optional() }),
  show: (call) => page(call, newForm({ keep: 'newer', field: call.query.field ?? '' })),
  async submit(call) {
    const { context, actor, form, t } = call;
    const self = toolHref(context.site, 'rules');
    const removed = form.values['remove'];
    if (removed !== undefined) {
      await removeConflictRule(context, actor, removed);
      return { kind: 'see-other', to: self, notice: 'ruleRemoved' };
    }
    const read = readFields(t, form, fields);
    if (!read.isDone) return page(call, read.state);
    const done = await attempt(call, { 'CON-R003': 'publication', 'CON-R008': 'field' }, () =>
      addConflictRule(context, actor, read.result),
    );
    return done.isDone ? { kind: 'see-other', to: self, notice: 'ruleMade' } : page(call, done.state);
  },
});

async function page(call: PageCall<{ readonly field?: string | undefined }>, form: FormState): Promise<Page> {
  const { context, actor, t } = call;
  const rules = await listConflictRules(context);
  const open = await context.store.conflictFields(shownFields);
  const asked = call.query.field === undefined ? [] : [call.query.field];
  const publications = await context.store.publications();
  const view: RulesView = {
    self: toolHref(context.site, 'rules'),
    rules: rules.map((rule) => ({ ...rule, label: fieldLabel(t, rule.field) })),
    mayRule: hasRole(actor, 'Publisher'),
    form,
    fields: [...new Set([...open, ...asked])].map((field) => ({ value: field, label: fieldLabel(t, field) })),
    keeps: keeps.map((value) => ({ value, label: t(`conflicts.keep.${value}`) })),
    publications: [
      { value: '', label: t('conflicts.any') },
      ...publications.map(({ id }) => ({ value: id, label: id })),
    ],
  };
  return toolPage(call, { template: 'rules', title: t('rules.title'), tab: 'rules', view, status: form.status });
}
