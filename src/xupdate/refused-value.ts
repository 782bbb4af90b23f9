import { RequestError } from '../errors/concord-error.ts';
import { XUpdateError } from './xupdate-error.ts';

/** What a person is told whose value `writePlace` has not written at the place: why it cannot stand there. What is no fault of the value stays as it is. */
export function refusedValue(place: string, cause: unknown): unknown {
  if (!(cause instanceof XUpdateError)) return cause;
  const { reason, what } = cause;
  if (reason === 'select-empty') return new RequestError('CON-E006', `There is no place ${place} any more`, { cause });
  return new RequestError('CON-R021', `The value cannot stand at ${place}: ${what}`, { cause });
}
