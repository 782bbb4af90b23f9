import { z } from 'zod';
import { hasRole } from '../../use-cases/administration/access.ts';
import type { DeskQuery } from '../../use-cases/exchange/list-conflicts.ts';
import { conflictPage, filterOfDesk } from '../../use-cases/exchange/list-conflicts.ts';
import { addConflictRule } from '../../use-cases/exchange/conflict-rules.ts';
import { resolveConflicts } from '../../use-cases/exchange/resolve-conflict.ts';
import type { UndoneTogether } from '../../use-cases/exchange/settle-together.ts';
import { undoTogether } from '../../use-cases/exchange/settle-together.ts';
import { undoSettlements } from '../../use-cases/exchange/undo-settlement.ts';
import { withQuery } from './addresses.ts';
import type { ShownConflict } from './conflict-view.ts';
import { peerNames, shownConflict } from './conflict-view.ts';
import type { Keep } from './desk-filters.ts';
import { ages, chosenOf, deskQuery, filterQuery, keepOf, states } from './desk-filters.ts';
import { fieldLabel } from './field-label.ts';
import type { FormCall, Page, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { Choice } from './sync-choices.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What the desk shows. */
export interface ConflictsView {
  readonly self: string;
  readonly conflicts: readonly ShownConflict[];
  /** How many the filter finds, when they can be settled together. */
  readonly total: number;
  /** There are more than `total`: to count those below a path is to look at each. */
  readonly isMore: boolean;
  readonly filters: Readonly<
    Record<'publication' | 'subscription' | 'subscriber' | 'field' | 'age' | 'state', readonly Choice[]>
  >;
  readonly chosen: Readonly<Record<string, string>>;
  readonly isFiltered: boolean;
  readonly clearHref: string;
  readonly next: string | undefined;
  readonly first: string | undefined;
  /** What was settled just now, and can be taken back. */
  readonly undo: readonly string[];
  /** What was settled together just now, and can be taken back so. */
  readonly batch: string | undefined;
  /** Where it is asked whether all that the filter finds are to be settled. */
  readonly together: readonly { readonly keep: Keep; readonly href: string }[];
  /** Those of this page that can be taken back. */
  readonly undoable: readonly string[];
  /** What was wrong with what was sent. */
  readonly fault: string | undefined;
  readonly mayRule: boolean;
}

const query = filterQuery.extend({
  after: z.coerce.number().int().min(0).optional().catch(undefined),
  undo: z.string().optional(),
  batch: z.string().optional(),
});
const keeps = ['newer', 'publisher', 'subscriber'] as const satisfies readonly Keep[];
const pageSize = 20;
const shownFields = 50;
const countedBelow = 100;

/** The desk: all conflicts that wait, by filters, settled one by one or together. */
export const conflictsPage: SitePage = definePage({
  template: `/${toolId}/conflicts`,
  roles: ['Publisher', 'Member'],
  query,
  show: (call) => showDesk(call),
  async submit(call) {
    const { form } = call;
    const { one, undo, undoBatch } = form.values;
    if (undo !== undefined) return takeBack(call, undo.split(' '));
    if (undoBatch !== undefined) return takeBatchBack(call, undoBatch);
    if (one !== undefined) {
      const [id = '', wished = ''] = one.split(' ');
      return settle(call, [id], wished);
    }
    const wished = form.values['do'] ?? '';
    if (wished.startsWith('rule-')) return makeRule(call, wished.slice('rule-'.length));
    return settle(call, form.all('ids'), wished);
  },
});

async function showDesk(call: PageCall<z.output<typeof query>>, fault?: string): Promise<Page> {
  const { context, actor, t, query: asked } = call;
  const { after, undo = '', batch, ...filters } = asked;
  const desk = deskQuery(call, filters);
  const page = await conflictPage(context, { ...desk, after, limit: pageSize });
  const conflicts: ShownConflict[] = [];
  const names = await peerNames(context);
  for (const each of page.conflicts) conflicts.push(await shownConflict({ context, t, names }, each));
  const chosen = chosenOf(filters);
  const self = withQuery(toolHref(context.site, 'conflicts'), chosen);
  const view: ConflictsView = {
    self,
    conflicts,
    ...(await countFound(call, desk)),
    filters: await choicesOf(call),
    chosen: { ...chosen, state: filters.state, age: filters.age },
    isFiltered: Object.keys(chosen).length > 0,
    clearHref: toolHref(context.site, 'conflicts'),
    next:
      page.next === undefined
        ? undefined
        : withQuery(toolHref(context.site, 'conflicts'), { ...chosen, after: String(page.next) }),
    first: after === undefined ? undefined : self,
    undo: undo === '' ? [] : undo.split(' '),
    batch,
    together: keeps.map((keep) => ({
      keep,
      href: withQuery(toolHref(context.site, 'conflicts', 'together'), { ...chosen, keep }),
    })),
    undoable: conflicts.filter(({ canUndo }) => canUndo).map(({ id }) => id),
    fault,
    mayRule: hasRole(actor, 'Publisher'),
  };
  return toolPage(call, {
    template: 'conflicts',
    title: t('conflicts.title'),
    tab: 'conflicts',
    area: 'conflicts',
    view,
    status: fault === undefined ? 200 : 400,
  });
}

/** All of them where an index counts them; below a path some. */
async function countFound(
  { context }: PageCall<unknown>,
  desk: Omit<DeskQuery, 'after' | 'limit'>,
): Promise<Pick<ConflictsView, 'total' | 'isMore'>> {
  const filter = await filterOfDesk(context, desk);
  if (filter.below === undefined) return { total: await context.store.countConflicts(filter), isMore: false };
  const total = await context.store.countConflicts({ ...filter, limit: countedBelow + 1 });
  return { total: Math.min(total, countedBelow), isMore: total > countedBelow };
}

async function choicesOf({ context, t }: PageCall<unknown>): Promise<ConflictsView['filters']> {
  const { store } = context;
  const any: Choice = { value: '', label: t('conflicts.any') };
  const ids = (rows: readonly { readonly id: string }[]): readonly Choice[] => [
    any,
    ...rows.map(({ id }) => ({ value: id, label: id })),
  ];
  const fields = await store.conflictFields(shownFields);
  const publications = await store.publications();
  const urls = new Set<string>();
  for (const { id } of publications) for (const { url } of await store.subscribers(id)) urls.add(url);
  return {
    publication: ids(publications),
    subscription: ids(await store.subscriptions()),
    subscriber: [any, ...[...urls].map((url) => ({ value: url, label: url }))],
    field: [any, ...fields.map((field) => ({ value: field, label: fieldLabel(t, field) }))],
    age: ages.map((value) => ({ value, label: t(`conflicts.age.${value === '' ? 'any' : value}`) })),
    state: states.map((value) => ({ value, label: t(`conflicts.state.${value}`) })),
  };
}

async function settle(
  call: FormCall<z.output<typeof query>>,
  ids: readonly string[],
  wished: string,
): Promise<PageResult> {
  const { context, actor } = call;
  const keep = keepOf(wished);
  if (ids.length === 0) return showDesk(call, call.t('conflicts.noneChosen'));
  await resolveConflicts(context, actor, { ids, keep, versions: versionsOf(call, ids) });
  return { kind: 'see-other', to: backHref(call, ids), notice: 'settled' };
}

async function makeRule(call: FormCall<z.output<typeof query>>, wished: string): Promise<PageResult> {
  const { context, actor, query: asked, form } = call;
  const field = form.values['ruleField'] ?? asked.field ?? '';
  const said = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
  const scope = { publication: said(asked.publication), subscription: said(asked.subscription) };
  await addConflictRule(context, actor, { field, keep: keepOf(wished), ...scope });
  return { kind: 'see-other', to: toolHref(context.site, 'rules'), notice: 'ruleMade' };
}

async function takeBack(call: FormCall<z.output<typeof query>>, ids: readonly string[]): Promise<PageResult> {
  await undoSettlements(call.context, call.actor, { ids });
  return { kind: 'see-other', to: backHref(call, []), notice: 'reopened' };
}

async function takeBatchBack(call: FormCall<z.output<typeof query>>, batch: string): Promise<PageResult> {
  const done: UndoneTogether = await undoTogether(call.context, call.actor, batch);
  return { kind: 'see-other', to: backHref(call, []), notice: done.left === 0 ? 'reopened' : 'reopenedPartly' };
}

/** As the page showed them: what somebody else has settled or changed since is refused. */
function versionsOf({ form }: FormCall<unknown>, ids: readonly string[]): Readonly<Record<string, number>> {
  const seen = form.all('versions').map((pair) => pair.split(' '));
  const pairs = seen
    .filter(([id = '']) => ids.includes(id))
    .map(([id = '', version]) => [id, Number(version)] as const);
  return Object.fromEntries(pairs);
}

function backHref(
  { context, query: { after: _, undo: __, batch: ___, ...filters } }: FormCall<z.output<typeof query>>,
  undo: readonly string[],
): string {
  const back = undo.length === 0 ? {} : { undo: undo.join(' ') };
  return withQuery(toolHref(context.site, 'conflicts'), { ...chosenOf(filters), ...back });
}
