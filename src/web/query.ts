import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';

/** For routes that take no query. */
export const noQuery = z.strictObject({});

/** A flag in a query: `?recursive`, `?recursive=1`, `?recursive=true`; 0 and false are no. */
export const flag = z
  .enum(['', '1', 'true', '0', 'false'])
  .transform((text) => text !== '0' && text !== 'false')
  .optional();

/** A whole number in a query. */
export function wholeNumber(least: number, most: number): z.ZodCoercedNumber {
  return z.coerce.number().int().min(least).max(most);
}

/** How many items a page of a list has. */
export const pageLimit = wholeNumber(1, 1_000).default(100);

/** The query, when it is as the schema says. A name that comes twice counts as its last. @throws RequestError CON-R008 */
export function readQuery<Query extends z.ZodObject>(schema: Query, query: URLSearchParams): z.output<Query> {
  return parsed(schema, Object.fromEntries(query), 'query');
}

/** The value, when it is as the schema says. @throws RequestError CON-R008, naming each thing that is wrong */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter((text) => text !== '').join(': '),
  );
  throw new RequestError('CON-R008', `The ${what} is not as it must be: ${faults.join('; ')}`);
}
