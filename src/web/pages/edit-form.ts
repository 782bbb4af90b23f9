import type { DocumentField } from './document-fields.ts';
import { addField, leavesOf, viewDocument, writeFields } from './document-fields.ts';
import type { FormState } from './fields.ts';
import type { SentForm } from './form-body.ts';
import type { Translate } from './text-catalogue.ts';

/** A field of a document as the form to edit it has it. */
export interface EditField {
  /** Of the input. */
  readonly name: string;
  readonly key: string;
  readonly label: string;
  readonly type: string;
  readonly control: 'line' | 'text' | 'lines' | 'number' | 'truth' | 'fixed';
  readonly value: string;
  readonly mayRemove: boolean;
}

/** The types that a new field may have. */
export const newFieldTypes = ['string', 'text', 'int', 'float', 'boolean', 'date', 'lines'] as const;

const patterns: Readonly<Record<string, RegExp>> = {
  int: /^-?\d+$/,
  float: /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/,
  boolean: /^(true|false|1|0)$/,
};

/** The fields of a document that a form can change: those of one value. */
export function editFields(document: string): readonly EditField[] {
  return walk(viewDocument(document).fields, '');
}

function walk(fields: readonly DocumentField[], above: string): readonly EditField[] {
  return fields.flatMap((field) => {
    const label = above === '' ? field.label : `${above} › ${field.label}`;
    if (field.content.kind === 'group') return walk(field.content.fields, label);
    const { key, type } = field;
    const value = valueOf(field);
    const isTop = /^\d+$/.test(key);
    return [{ name: `f:${key}`, key, label, type, control: controlOf(field, value), value, mayRemove: isTop }];
  });
}

function valueOf({ content }: DocumentField): string {
  switch (content.kind) {
    case 'text':
      return content.text;
    case 'lines':
      return content.lines.join('\n');
    case 'xml':
      return content.xml;
    case 'group':
      return '';
    default:
      return content satisfies never;
  }
}

function controlOf({ type, content }: DocumentField, value: string): EditField['control'] {
  if (content.kind === 'xml' || type === 'None') return 'fixed';
  if (content.kind === 'lines') return 'lines';
  if (type === 'boolean' && (value === 'true' || value === 'false')) return 'truth';
  if (type === 'text' || value.includes('\n') || value.length > 120) return 'text';
  return (type === 'int' || type === 'float') && patterns[type]?.test(value) === true ? 'number' : 'line';
}

/** What a form makes of a document; or what is wrong, by the name of the input. */
export type Edited =
  | { readonly isRight: true; readonly document: string }
  | { readonly isRight: false; readonly faults: FormState['faults'] };

/** The document with what was typed. A field that the form does not bring stays. */
export function editDocument(t: Translate, document: string, form: SentForm): Edited {
  const fields = editFields(document);
  const removed = new Set(
    form.all('remove').filter((key) => fields.some((field) => field.key === key && field.mayRemove)),
  );
  const typed = fields.filter(
    ({ name, key, control }) => control !== 'fixed' && !removed.has(key) && form.values[name] !== undefined,
  );
  const faults: Record<string, string> = {};
  const values = new Map<string, string>();
  for (const field of typed) {
    const value = form.values[field.name] ?? '';
    const fault = faultOf(t, field, value);
    if (fault !== undefined) faults[field.name] = fault;
    if (value !== field.value) values.set(field.key, value);
  }
  const added = newField(t, form);
  if (added.fault !== undefined) faults[added.fault.name] = added.fault.text;
  if (Object.keys(faults).length > 0) return { isRight: false, faults };
  const changed = values.size + removed.size === 0 ? document : writeFields(document, values, removed);
  return { isRight: true, document: added.field === undefined ? changed : addField(changed, added.field) };
}

function faultOf(t: Translate, { type, value: before }: EditField, value: string): string | undefined {
  const pattern = patterns[type];
  // What was no number before need not be one now: types are what somebody wrote.
  if (pattern === undefined || value === before || (before !== '' && !pattern.test(before))) return undefined;
  return pattern.test(value) ? undefined : t(`fault.${type}`);
}

interface Added {
  readonly field?: Parameters<typeof addField>[1];
  readonly fault?: { readonly name: string; readonly text: string };
}

function newField(t: Translate, { values }: SentForm): Added {
  const name = (values['newName'] ?? '').trim();
  const value = values['newValue'] ?? '';
  const type = newFieldTypes.find((known) => known === values['newType']) ?? 'string';
  if (name === '') return value === '' ? {} : { fault: { name: 'newName', text: t('fault.newName') } };
  if (name.length > 200) return { fault: { name: 'newName', text: t('fault.long') } };
  if (patterns[type] !== undefined && !patterns[type].test(value))
    return { fault: { name: 'newValue', text: t(`fault.${type}`) } };
  return { field: { name, type, value } };
}

/** Whether both documents have the same fields, so that what was typed for one can be shown in the other. */
export function haveSameFields(a: string, b: string): boolean {
  const names = (document: string): string =>
    JSON.stringify(leavesOf(viewDocument(document).fields).map(({ key, label }) => [key, label]));
  return names(a) === names(b);
}
