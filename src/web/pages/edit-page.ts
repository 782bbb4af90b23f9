import { z } from 'zod';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import { changedFields } from '../../synchronization/fields.ts';
import { readObject } from '../../use-cases/objects/read-object.ts';
import { putObject } from '../../use-cases/objects/write-object.ts';
import { objectHref, withQuery } from './addresses.ts';
import { headOfDocument, viewDocument } from './document-fields.ts';
import type { EditField } from './edit-form.ts';
import { editDocument, editFields, haveSameFields, newFieldTypes } from './edit-form.ts';
import { fieldLabel } from './field-label.ts';
import type { FormState } from './fields.ts';
import { attempt, faultyForm, newForm } from './fields.ts';
import { loadObject, nameOf, objectPage } from './object-frame.ts';
import type { FormCall, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import { compactXml, prettyXml } from './pretty-xml.ts';

/** What somebody else did to the object while it was edited: shown before anything is saved over it. */
export interface ChangedMeanwhile {
  readonly by: string;
  readonly at: number;
  readonly changes: readonly {
    readonly label: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
  readonly xml: string;
}

/** What the form to edit an object shows. */
export interface EditView {
  readonly mode: 'form' | 'xml';
  readonly form: FormState;
  readonly fields: readonly EditField[];
  /** The keys of the fields to be removed, as ticked. */
  readonly removed: readonly string[];
  /** Fields can be added only to what has properties. */
  readonly mayAdd: boolean;
  readonly newFieldTypes: readonly string[];
  readonly xml: string;
  /** What the object must still be when it is saved. */
  readonly digest: string;
  readonly seq: number;
  readonly meanwhile: ChangedMeanwhile | undefined;
  readonly isCut: boolean;
  readonly action: string;
  readonly formHref: string;
  readonly xmlHref: string;
  readonly viewHref: string;
}

const query = z.object({ as: z.enum(['form', 'xml']).optional() });
type Call = PageCall<z.output<typeof query>>;
type Sent = FormCall<z.output<typeof query>>;

/** Changing the document of an object, by its fields or as XML. */
export const editPages: readonly SitePage[] = [
  definePage({
    template: '/{path}/manage_edit',
    roles: ['Publisher', 'Member'],
    query,
    show: (call) => editPage(call, { mode: call.query.as ?? 'form', form: newForm() }),
    submit: save,
  }),
];

interface Shown {
  readonly mode: EditView['mode'];
  readonly form: FormState;
  readonly removed?: readonly string[];
  readonly meanwhile?: ChangedMeanwhile;
}

async function editPage(call: Call, { mode, form, removed = [], meanwhile }: Shown): Promise<PageResult> {
  const { context, path, t } = call;
  const { version, isCovered, conflicts } = await loadObject(call);
  const revision = (await context.store.current([version.gid])).get(version.gid);
  const { isCut } = viewDocument(version.document);
  const here = objectHref(context.site, path, 'manage_edit');
  const view: EditView = {
    // A document with too many fields for a form is edited as XML.
    mode: isCut ? 'xml' : mode,
    form,
    fields: isCut ? [] : editFields(version.document),
    removed,
    mayAdd: version.type === 'object',
    newFieldTypes,
    xml: prettyXml(version.document, version.type),
    digest: digestOfVersion(version),
    seq: revision?.seq ?? 0,
    meanwhile,
    isCut,
    action: withQuery(here, { as: mode }),
    formHref: here,
    xmlHref: withQuery(here, { as: 'xml' }),
    viewHref: objectHref(context.site, path, 'manage_view'),
  };
  const title = t('edit.title', { name: headOfDocument(version.document).title ?? nameOf(call) });
  return objectPage(call, {
    template: 'edit',
    tab: 'manage_edit',
    title,
    view,
    isCovered,
    conflicts,
    status: form.status,
  });
}

async function save(call: Sent): Promise<PageResult> {
  const { context, actor, path, form, t } = call;
  const mode = call.query.as ?? 'form';
  const removed = form.all('remove');
  const before = await readObject(context, path);
  if (form.values['digest'] !== digestOfVersion(before)) return showMeanwhile(call, before);
  const edited = mode === 'xml' ? undefined : editDocument(t, before.document, form);
  if (edited?.isRight === false) return editPage(call, { mode, removed, form: faultyForm(form.values, edited.faults) });
  const put = await attempt(call, mode === 'xml' ? xmlFaults : {}, async () => {
    const document = edited?.document ?? typedXml(form.values['xml'] ?? '', before);
    return putObject(context, actor, { path, document, ifMatch: digestOfVersion(before) });
  });
  if (put.isDone) return { kind: 'see-other', to: objectHref(context.site, path, 'manage_view'), notice: 'saved' };
  // Somebody was faster by a moment.
  return put.state.status === 412
    ? showMeanwhile(call, await readObject(context, path))
    : editPage(call, { mode, removed, form: put.state });
}

const xmlFaults = { 'CON-X001': 'xml', 'CON-X002': 'xml', 'CON-X003': 'xml', 'CON-R008': 'xml' } as const;

/** Without the line breaks that were put in to show it. @throws ProtocolError for what is no document */
function typedXml(text: string, { document, type }: Version): string {
  return prettyXml(document, type) === document ? text : compactXml(text);
}

/** Nothing is saved: what was typed is shown on top of what somebody else has made of the object, to be looked at and sent again. */
async function showMeanwhile(call: Sent, now: Version): Promise<PageResult> {
  const { context, form, t } = call;
  const current = (await context.store.current([now.gid])).get(now.gid);
  const base = await revisionOf(call, now);
  const meanwhile: ChangedMeanwhile = {
    by: current?.edits.main.by ?? '',
    at: current?.edits.main.at ?? 0,
    changes: changedFields(base?.version, now).map(({ field, before, after }) => ({
      label: fieldLabel(t, field),
      before,
      after,
    })),
    xml: prettyXml(now.document, now.type),
  };
  const isForm = (call.query.as ?? 'form') === 'form';
  const canMerge = isForm && base !== undefined && haveSameFields(base.version.document, now.document);
  const values = canMerge ? typedOver(form.values, base.version.document, now.document) : form.values;
  const state: FormState = { ...faultyForm(values, {}), status: 412 };
  if (!isForm || canMerge)
    return editPage(call, { mode: isForm ? 'form' : 'xml', form: state, removed: form.all('remove'), meanwhile });
  return editPage(call, { mode: 'xml', meanwhile, form: { ...state, values: { xml: mineAsXml(call, base, now) } } });
}

/** The revision that the form was made of, when it is one of this object and still kept. */
async function revisionOf({ context, form }: Sent, { gid }: Version): Promise<Revision | undefined> {
  const seq = Number(form.values['seq']);
  const revision = Number.isSafeInteger(seq) && seq > 0 ? await context.store.revision(seq) : undefined;
  return revision?.version.gid === gid ? revision : undefined;
}

/** Fields that were not touched show what they are now; those that were, what was typed. */
function typedOver(typed: FormState['values'], base: string, now: string): FormState['values'] {
  const were = new Map(editFields(base).map(({ name, value }) => [name, value]));
  const untouched = editFields(now)
    .filter(({ name }) => typed[name] === undefined || typed[name] === were.get(name))
    .map(({ name, value }) => [name, value] as const);
  return { ...typed, ...Object.fromEntries(untouched) };
}

function mineAsXml({ form, t }: Sent, base: Revision | undefined, now: Version): string {
  const edited = base === undefined ? undefined : editDocument(t, base.version.document, form);
  return prettyXml(edited?.isRight === true ? edited.document : now.document, now.type);
}
