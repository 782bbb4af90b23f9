import { ConcordError, StoreError } from '../../errors/concord-error.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html) that an operator can do something about, and the code of the system for a full disk. */
const resultCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;
const constraintUnique = 2067;
const constraintPrimaryKey = 1555;

const inaccessible = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'EISDIR',
  // The same, as Node's `rm` has it.
  'ERR_FS_EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
]);

/**
 * What a failure of the driver or of the file system means to callers of a store: CON-D001 (`later`) locked, CON-D002 disk full,
 * CON-D004 damaged, CON-D006 no access. Errors of Concord stay what they are; anything else is a StoreError CON-I001, because our statement was wrong.
 */
export function translateDriverError(cause: unknown, file: string): ConcordError {
  if (cause instanceof ConcordError) return cause;
  const systemCode = systemCodeOf(cause);
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') {
    return new StoreError('CON-D002', `The disk is full: ${file}`, { cause });
  }
  if (systemCode !== undefined && inaccessible.has(systemCode)) {
    return new StoreError('CON-D006', `${file} cannot be opened or written (${systemCode})`, { cause });
  }
  return translateResultCode(numberOf(cause, 'errcode'), file, cause);
}

/** What a result code of SQLite means, extended or not; see `translateDriverError`. */
export function translateResultCode(code: number | undefined, file: string, cause: unknown): ConcordError {
  switch ((code ?? 0) & 0xff) {
    case resultCode.busy:
    case resultCode.locked:
      return new StoreError('CON-D001', `${file} is locked by another process`, { cause, retry: 'later' });
    case resultCode.full:
      return new StoreError('CON-D002', `The disk is full: ${file}`, { cause });
    case resultCode.ioError:
      return new StoreError('CON-D002', `${file} cannot be read or written`, { cause });
    case resultCode.readOnly:
    case resultCode.cannotOpen:
      return new StoreError('CON-D006', `${file} cannot be opened or written`, { cause });
    case resultCode.corrupt:
    case resultCode.notADatabase:
      return new StoreError('CON-D004', `${file} is damaged`, { cause });
    default:
      return new StoreError('CON-I001', `A statement failed on ${file}`, { cause });
  }
}

/** Whether a statement failed because a name that must be unique is taken. */
export function isTaken(error: unknown): boolean {
  const code = error instanceof ConcordError ? numberOf(error.cause, 'errcode') : numberOf(error, 'errcode');
  return code === constraintUnique || code === constraintPrimaryKey;
}

function systemCodeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

function numberOf(cause: unknown, property: 'errcode'): number | undefined {
  return cause instanceof Error && property in cause && typeof cause[property] === 'number'
    ? cause[property]
    : undefined;
}
