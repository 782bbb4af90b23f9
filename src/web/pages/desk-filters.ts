import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Field } from '../../objects/edit.ts';
import type { DeskQuery } from '../../use-cases/exchange/list-conflicts.ts';
import type { PageCall } from './page.ts';

/** Which conflicts, by what has become of them. */
export const states = ['open', 'closing', 'settled'] as const;
/** Days since they were opened. */
export const ages = ['', '1', '7', '30'] as const;
const keeps = ['publisher', 'subscriber', 'newer'] as const;
/** Whose value is to stand. */
export type Keep = (typeof keeps)[number];

const word = z.string().optional();

/** What addresses of the desk say about which conflicts. */
export const filterQuery = z.object({
  publication: word,
  subscription: word,
  subscriber: word,
  path: word,
  field: word,
  age: z.enum(ages).catch(''),
  state: z.enum(states).catch('open'),
});
/** What an address of the desk chose. */
export type Filters = z.output<typeof filterQuery>;

const dayMs = 86_400_000;

/** The filters that say something, for addresses. */
export function chosenOf({ state, age, ...words }: Filters): Readonly<Record<string, string>> {
  const said = Object.entries(words).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
  return {
    ...Object.fromEntries(said),
    ...(state === 'open' ? {} : { state }),
    ...(age === '' ? {} : { age }),
  };
}

/** What they mean. */
export function deskQuery({ context }: PageCall<unknown>, filters: Filters): Omit<DeskQuery, 'after' | 'limit'> {
  const { publication, subscription, subscriber, path, field, age, state } = filters;
  const said = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
  return {
    state,
    publication: said(publication),
    subscription: said(subscription),
    subscriber: said(subscriber),
    path: said(path),
    // Any text can stand as a field: one that is none finds nothing.
    field: said(field) as Field | undefined,
    openedBefore: age === '' ? undefined : context.clock.now() - Number(age) * dayMs,
  };
}

/** @throws RequestError CON-R008 for a button that there is not */
export function keepOf(wished: string): Keep {
  const keep = keeps.find((each) => each === wished);
  if (keep === undefined) throw new RequestError('CON-R008', `Nothing can be settled by “${wished}”`);
  return keep;
}
