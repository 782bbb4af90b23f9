import { z } from 'zod';
import { documentFromJson } from '../../objects/json-form.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath, parsePath } from '../../objects/path.ts';
import { digestOfVersion } from '../../objects/version.ts';
import { descendantsOf } from '../../use-cases/objects/descendants.ts';
import { pathWithinSite } from '../../use-cases/objects/site-path.ts';
import { deleteObject, moveObject, putObject } from '../../use-cases/objects/write-object.ts';
import { objectHref } from './addresses.ts';
import { headOfDocument } from './document-fields.ts';
import type { FormState } from './fields.ts';
import { attempt, newForm, optionalText, readFields, requiredText } from './fields.ts';
import { loadFolder, loadObject, nameOf, objectPage } from './object-frame.ts';
import type { FormCall, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';

/** What the form for a new object shows. */
export interface AddView {
  readonly form: FormState;
  readonly action: string;
  readonly cancelHref: string;
}

/** What the form to rename or move shows. */
export interface RenameView extends AddView {
  readonly digest: string;
  readonly id: string;
  readonly folder: string;
}

/** What the page to delete shows. */
export interface DeleteView extends AddView {
  readonly digest: string;
  readonly name: string;
  readonly below: number;
  /** There are more below than were counted. */
  readonly isMore: boolean;
  readonly isCovered: boolean;
}

const roles = ['Publisher', 'Member'] as const;
const kinds = ['record', 'folder', 'xml'] as const;
const addFields = z.object({
  id: requiredText(255),
  kind: z.enum(kinds),
  title: optionalText(10_000),
  portalType: optionalText(200),
  xml: z.string().optional(),
});
const renameFields = z.object({ id: requiredText(255), folder: z.string().trim(), digest: z.string() });
const counted = 1_000;

/** Making, moving and deleting objects. */
export const placePages: readonly SitePage[] = [
  definePage({
    template: '/{path}/manage_add',
    roles,
    query: z.object({}),
    show: (call) => addPage(call, newForm({ kind: 'record' })),
    submit: add,
  }),
  definePage({
    template: '/{path}/manage_rename',
    roles,
    query: z.object({}),
    show: (call) => renamePage(call, undefined),
    submit: rename,
  }),
  definePage({
    template: '/{path}/manage_delete',
    roles,
    query: z.object({}),
    show: (call) => deletePage(call, newForm()),
    submit: remove,
  }),
];

async function addPage(call: PageCall<unknown>, form: FormState): Promise<PageResult> {
  const { context, path, t } = call;
  const { object } = await loadFolder(call);
  const view: AddView = {
    form,
    action: objectHref(context.site, path, 'manage_add'),
    cancelHref: objectHref(context.site, path, 'manage_contents'),
  };
  const { isCovered = false, conflicts = 0 } = object ?? {};
  const title = t('add.title', { name: nameOf(call) });
  const shown = { template: 'add', tab: 'manage_contents', step: t('add.step'), status: form.status };
  return objectPage(call, { ...shown, title, view, isCovered, conflicts });
}

async function add(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, path, form, t } = call;
  const read = readFields(t, form, addFields);
  if (!read.isDone) return addPage(call, read.state);
  const { id, kind } = read.result;
  const place: Path = [...path, id];
  const fields = {
    'CON-R006': 'id',
    'CON-R007': 'id',
    'CON-R008': 'id',
    'CON-X001': 'xml',
    'CON-X002': 'xml',
    'CON-X003': 'xml',
  } as const;
  const done = await attempt(call, fields, async () => {
    const document = newDocument(read.result);
    return putObject(context, actor, {
      path: place,
      ifNoneMatch: '*',
      ...(document === undefined ? {} : { document }),
    });
  });
  if (!done.isDone) return addPage(call, done.state);
  const page = kind === 'folder' ? 'manage_contents' : kind === 'record' ? 'manage_edit' : 'manage_view';
  return { kind: 'see-other', to: objectHref(context.site, place, page), notice: 'added' };
}

/** Undefined: a folder. */
function newDocument({ kind, title, portalType, xml }: z.output<typeof addFields>): string | undefined {
  if (kind === 'xml') return xml ?? '';
  if (kind === 'folder' && title === undefined) return undefined;
  const type = kind === 'folder' ? 'Folder' : (portalType ?? 'Document');
  return documentFromJson({ portal_type: type, ...(title === undefined ? {} : { title }) });
}

async function renamePage(call: PageCall<unknown>, form: FormState | undefined): Promise<PageResult> {
  const { context, path, t } = call;
  const { version, isCovered, conflicts } = await loadObject(call);
  const folder = formatPath(path.slice(0, -1));
  const view: RenameView = {
    form: form ?? newForm({ id: version.id, folder }),
    digest: form?.values['digest'] ?? digestOfVersion(version),
    id: version.id,
    folder,
    action: objectHref(context.site, path, 'manage_rename'),
    cancelHref: objectHref(context.site, path, 'manage_view'),
  };
  const title = t('rename.title', { name: headOfDocument(version.document).title ?? nameOf(call) });
  const shown = { template: 'rename', tab: '', step: t('rename.step'), status: form?.status ?? 200 };
  return objectPage(call, { ...shown, title, view, isCovered, conflicts });
}

async function rename(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, path, form, t } = call;
  const read = readFields(t, form, renameFields);
  if (!read.isDone) return renamePage(call, read.state);
  const { id, folder, digest } = read.result;
  const fields = { 'CON-R002': 'folder', 'CON-R006': 'id', 'CON-R008': 'id' } as const;
  const done = await attempt(call, fields, async () => {
    const to = [...pathWithinSite(context.site, folder), ...parsePath(encodeURIComponent(id))];
    await moveObject(context, actor, { path, to, ifMatch: digest });
    return to;
  });
  if (!done.isDone)
    return renamePage(call, isStale(done.state) ? { ...done.state, values: withoutDigest(done.state) } : done.state);
  return { kind: 'see-other', to: objectHref(context.site, done.result, 'manage_view'), notice: 'moved' };
}

/** The object has changed: the form is shown for what it is now, to be sent again by who has seen that. */
function isStale({ status }: FormState): boolean {
  return status === 412;
}

function withoutDigest({ values }: FormState): FormState['values'] {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'digest'));
}

async function deletePage(call: PageCall<unknown>, form: FormState): Promise<PageResult> {
  const { context, path, t } = call;
  const { version, isCovered, conflicts } = await loadObject(call);
  let below = 0;
  for await (const _ of descendantsOf(context.store, version.gid)) if (++below >= counted) break;
  const name = headOfDocument(version.document).title ?? version.id;
  const view: DeleteView = {
    form,
    name,
    below,
    isMore: below >= counted,
    isCovered,
    digest: digestOfVersion(version),
    action: objectHref(context.site, path, 'manage_delete'),
    cancelHref: objectHref(context.site, path, 'manage_view'),
  };
  const shown = { template: 'delete', tab: '', step: t('delete.step'), status: form.status };
  return objectPage(call, { ...shown, title: t('delete.title', { name }), view, isCovered, conflicts });
}

async function remove(call: FormCall<unknown>): Promise<PageResult> {
  const { context, actor, path, form } = call;
  const request = { path, recursive: form.values['recursive'] === 'yes', ifMatch: form.values['digest'] ?? '' };
  const done = await attempt(call, { 'CON-R012': 'recursive' }, () => deleteObject(context, actor, request));
  if (!done.isDone) return deletePage(call, done.state);
  return { kind: 'see-other', to: objectHref(context.site, path.slice(0, -1), 'manage_contents'), notice: 'deleted' };
}
