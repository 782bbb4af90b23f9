import { RequestError, StoreError } from '../../errors/concord-error.ts';

/** What a failed call of the file system means to whoever imports or exports; `place` is the file as people see it. */
export function fileFailure(place: string, cause: unknown): RequestError | StoreError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StoreError('CON-D002', `There is no room on the disk for ${place}`, { cause });
  return new RequestError('CON-R014', `${place}: ${reasons.get(code) ?? `it cannot be used (${code})`}`, { cause });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'the system does not permit it'],
  ['EPERM', 'the system does not permit it'],
  ['EROFS', 'the disk can only be read'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is no folder'],
  ['EMFILE', 'too many files are open'],
  ['ELOOP', 'it is a symbolic link, which is not followed'],
  ['ENAMETOOLONG', 'its name is too long for this disk'],
]);
