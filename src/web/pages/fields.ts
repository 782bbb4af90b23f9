import { z } from 'zod';
import type { ErrorCode } from '../../errors/codes.ts';
import { ConcordError } from '../../errors/concord-error.ts';
import { problemOf } from '../problem.ts';
import type { SentForm } from './form-body.ts';
import type { Translate } from './text-catalogue.ts';

/** What a form shows: what was typed, and what is wrong with it, by field. */
export interface FormState {
  readonly values: Readonly<Record<string, string>>;
  readonly faults: Readonly<Record<string, string>>;
  /** What is wrong with no field in particular. */
  readonly fault: string | undefined;
  /** With which the page answers. */
  readonly status: number;
}

/** Either what was read or done, or how the form is shown again. */
export type Outcome<Result> =
  { readonly isDone: true; readonly result: Result } | { readonly isDone: false; readonly state: FormState };

const unprocessable = 422;

/** A form as it is first shown. */
export function newForm(values: Readonly<Record<string, string>> = {}): FormState {
  return { values, faults: {}, fault: undefined, status: 200 };
}

/** A form with something wrong in some of its fields. */
export function faultyForm(values: FormState['values'], faults: FormState['faults'], fault?: string): FormState {
  return { values, faults, fault, status: unprocessable };
}

/** A field that must have something in it, of at most so many characters. */
export function requiredText(most = 1_000): z.ZodString {
  return z.string('fault.required').trim().min(1, 'fault.required').max(most, 'fault.long');
}

/** A field that may be empty, and is then left out. */
export function optionalText(most = 1_000): z.ZodType<string | undefined> {
  return z
    .string()
    .trim()
    .max(most, 'fault.long')
    .transform((text) => (text === '' ? undefined : text))
    .optional();
}

/** Reads the fields as a schema says; its messages are keys of the catalogue. */
export function readFields<Schema extends z.ZodObject>(
  t: Translate,
  form: Pick<SentForm, 'values'>,
  schema: Schema,
): Outcome<z.output<Schema>> {
  const read = schema.safeParse(form.values);
  if (read.success) return { isDone: true, result: read.data };
  const faults: Record<string, string> = {};
  for (const { path, message } of read.error.issues) faults[String(path[0])] ??= t.ifAny(message) ?? t('fault.invalid');
  return { isDone: false, state: faultyForm(form.values, faults) };
}

/**
 * Does what the form asks for. What the use-case refuses is shown beside the field that its code stands for, or above the form; a fault of the server goes on to
 * the error page.
 */
export async function attempt<Result>(
  { t, form }: { readonly t: Translate; readonly form: Pick<SentForm, 'values'> },
  fields: Partial<Record<ErrorCode, string>>,
  work: () => Promise<Result>,
): Promise<Outcome<Result>> {
  try {
    return { isDone: true, result: await work() };
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    const { status, code } = problemOf(error);
    if (status >= 500 && error.retry === 'never') throw error;
    const field = fields[code];
    const text = describeError(t, error);
    const state = field === undefined ? faultyForm(form.values, {}, text) : faultyForm(form.values, { [field]: text });
    return { isDone: false, state: { ...state, status: status >= 500 ? 503 : status } };
  }
}

/** What happened and what to do, in the visitor's language as far as the catalogue has it. */
export function describeError(t: Translate, error: ConcordError): string {
  const message = t.said(error.message);
  const stop = /[.!?]$/.test(message) ? '' : '.';
  return `${message}${stop} ${remedyOf(t, error)}`;
}

/** What to do about an error of this code. */
export function remedyOf(t: Translate, { code, remedy }: { readonly code: string; readonly remedy: string }): string {
  return t.ifAny(`remedy.${code}`) ?? t.said(remedy).replaceAll('`', '');
}
