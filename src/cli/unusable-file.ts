import { RequestError } from '../errors/concord-error.ts';

/** What a failed call of the file system means to whoever named the file or folder. */
export function unusable(file: string, verb: string, cause: unknown): RequestError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RequestError('CON-R014', `${file} cannot be ${verb}: ${reason}`, { cause });
}
