import { z } from 'zod';
import { parseGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { RequestError } from '../../errors/concord-error.ts';
import type { HistoryEntry } from '../../use-cases/objects/object-history.ts';
import { deletedObjects, objectHistory, restoreRevision } from '../../use-cases/objects/object-history.ts';
import { pathOf } from '../../use-cases/objects/read-object.ts';
import { objectHref, withQuery } from './addresses.ts';
import { headOfDocument } from './document-fields.ts';
import { fieldLabel } from './field-label.ts';
import type { FormState } from './fields.ts';
import { attempt, newForm, readFields } from './fields.ts';
import { loadFolder, loadObject, nameOf, objectPage } from './object-frame.ts';
import type { FormCall, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';

/** One revision as the history shows it. */
export interface HistoryRow {
  readonly seq: number;
  readonly what: 'made' | 'changed' | 'deleted' | 'left' | 'back';
  readonly at: number;
  readonly by: string;
  readonly isReceived: boolean;
  readonly receivedAt: number;
  readonly others: readonly { readonly by: string; readonly label: string }[];
  readonly changes: readonly {
    readonly label: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
  readonly isNewest: boolean;
}

/** What the history of an object shows. */
export interface HistoryView {
  readonly form: FormState;
  readonly rows: readonly HistoryRow[];
  readonly next: string | undefined;
  readonly first: string | undefined;
  readonly action: string;
  readonly deletedHref: string;
}

/** A deleted object. */
export interface DeletedRow {
  readonly gid: string;
  readonly id: string;
  readonly title: string | undefined;
  readonly kind: string;
  readonly at: number;
  readonly by: string;
}

/** What was deleted from a folder. */
export interface DeletedView {
  readonly form: FormState;
  readonly rows: readonly DeletedRow[];
  readonly isCut: boolean;
  readonly action: string;
  readonly contentsHref: string;
}

const pageSize = 30;
const deletedShown = 200;
const roles = ['Publisher', 'Member'] as const;
const historyQuery = z.object({ before: z.coerce.number().int().min(1).optional() });
const restoreFields = z.object({ seq: z.coerce.number('fault.invalid').int('fault.invalid').min(1, 'fault.invalid') });
type HistoryCall = PageCall<z.output<typeof historyQuery>>;

/** What an object was, and what is no more; and bringing it back. */
export const historyPages: readonly SitePage[] = [
  definePage({
    template: '/{path}/manage_history',
    roles,
    query: historyQuery,
    show: (call) => historyPage(call, newForm()),
    submit: restoreOld,
  }),
  definePage({
    template: '/{path}/manage_deleted',
    roles,
    query: z.object({}),
    show: (call) => deletedPage(call, newForm()),
    submit: restoreDeleted,
  }),
];

async function historyPage(call: HistoryCall, form: FormState): Promise<PageResult> {
  const { context, path, query, t } = call;
  const { version, isCovered, conflicts } = await loadObject(call);
  const { before } = query;
  const options = { limit: pageSize + 1, ...(before === undefined ? {} : { before }) };
  const entries = await objectHistory(context, version.gid, options);
  const shown = entries.slice(0, pageSize);
  const here = objectHref(context.site, path, 'manage_history');
  const last = entries.length > pageSize ? shown.at(-1)?.seq : undefined;
  const view: HistoryView = {
    form,
    rows: shown.map((entry, at) =>
      rowOf(call, entry, { older: entries[at + 1], isNewest: before === undefined && at === 0 }),
    ),
    next: last === undefined ? undefined : withQuery(here, { before: String(last) }),
    first: before === undefined ? undefined : here,
    action: here,
    deletedHref: objectHref(context.site, path, 'manage_deleted'),
  };
  const title = t('history.title', { name: headOfDocument(version.document).title ?? nameOf(call) });
  return objectPage(call, {
    template: 'history',
    tab: 'manage_history',
    title,
    view,
    isCovered,
    conflicts,
    status: form.status,
  });
}

function rowOf(
  { t }: HistoryCall,
  entry: HistoryEntry,
  { older, isNewest }: { readonly older: HistoryEntry | undefined; readonly isNewest: boolean },
): HistoryRow {
  const { seq, state, at, by, isReceived, receivedAt, others, changes } = entry;
  const isBack = older !== undefined && older.state !== 'present';
  const what = state !== 'present' ? state : isBack ? 'back' : older === undefined ? 'made' : 'changed';
  return {
    seq,
    what,
    at,
    by,
    isReceived,
    receivedAt,
    others: others.map((other) => ({ by: other.by, label: fieldLabel(t, other.field) })),
    changes: changes
      .filter(({ field }) => field !== 'existence')
      .map(({ field, before, after }) => ({ label: fieldLabel(t, field), before, after })),
    isNewest,
  };
}

async function restoreOld(call: FormCall<z.output<typeof historyQuery>>): Promise<PageResult> {
  const { context, actor, path, form, t } = call;
  const read = readFields(t, form, restoreFields);
  if (!read.isDone) return historyPage(call, read.state);
  const done = await attempt(call, {}, () => restoreRevision(context, actor, { path, seq: read.result.seq }));
  if (!done.isDone) return historyPage(call, done.state);
  return { kind: 'see-other', to: objectHref(context.site, path, 'manage_view'), notice: 'restored' };
}

async function deletedPage(call: PageCall<unknown>, form: FormState): Promise<PageResult> {
  const { context, path, t } = call;
  const { object } = await loadFolder(call);
  const revisions = await deletedObjects(context, path, deletedShown);
  const view: DeletedView = {
    form,
    rows: revisions.map(({ version, edits }) => ({
      ...headOfDocument(version.document),
      gid: version.gid,
      id: version.id,
      at: edits.main.at,
      by: edits.main.by,
    })),
    isCut: revisions.length >= deletedShown,
    action: objectHref(context.site, path, 'manage_deleted'),
    contentsHref: objectHref(context.site, path, 'manage_contents'),
  };
  const title = t('deleted.title', { name: nameOf(call) });
  const { isCovered = false, conflicts = 0 } = object ?? {};
  return objectPage(call, {
    template: 'deleted',
    tab: 'manage_deleted',
    title,
    view,
    isCovered,
    conflicts,
    status: form.status,
  });
}

async function restoreDeleted(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, form } = call;
  const gid = parseGid(form.values['gid'] ?? '');
  if (gid === undefined) throw new RequestError('CON-R008', 'The gid cannot be one');
  const done = await attempt(call, {}, () => restoreRevision(context, actor, { gid }));
  if (!done.isDone) return deletedPage(call, done.state);
  const path: Path = await pathOf(context.store, done.result.version.gid);
  return { kind: 'see-other', to: objectHref(context.site, path, 'manage_view'), notice: 'restored' };
}
