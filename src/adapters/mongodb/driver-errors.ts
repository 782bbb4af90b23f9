import { ConcordError, StoreError } from '../../errors/concord-error.ts';

/** Codes of MongoDB's errors that an operator can do something about (src/mongo/base/error_codes.yml). */
const serverCode = {
  unauthorized: 13,
  authenticationFailed: 18,
  outOfDiskSpace: 14_031,
  quotaExceeded: 12_501,
  atlasError: 8000,
  maxTimeExpired: 50,
  exceededTimeLimit: 262,
  exceededMemoryLimit: 146,
  cursorNotFound: 43,
  keyTaken: 11_000,
  namespaceNotFound: 26,
} as const;

/** Errors of the driver that say that the server could not be asked; the same can succeed later. */
const unreachable = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoPoolClearedError',
  'PoolClearedError',
  'MongoPoolClosedError',
  'PoolClearedOnNetworkError',
  'MongoWaitQueueTimeoutError',
  'WaitQueueTimeoutError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoOperationTimeoutError',
]);

/**
 * What a failure of the driver means to callers of a store: CON-D008 (`later`) the server cannot be asked, CON-D001 (`later`) it is too busy, CON-D002 its disk is
 * full, CON-D009 it refuses who asks. Errors of Concord stay what they are; anything else is a StoreError CON-I001, because our command was wrong.
 */
export function translateDriverError(cause: unknown): ConcordError {
  if (cause instanceof ConcordError) return cause;
  const name = cause instanceof Error ? cause.name : '';
  if (isTooOld(cause)) {
    return new StoreError('CON-D009', 'The MongoDB server is too old; Concord needs 4.4 or later', { cause });
  }
  if (unreachable.has(name) || hasLabel(cause) || isOfSystem(cause) || isUnanswered(cause)) {
    return new StoreError('CON-D008', 'The MongoDB server cannot be reached', { cause, retry: 'later' });
  }
  switch (codeOf(cause)) {
    case serverCode.outOfDiskSpace:
    case serverCode.quotaExceeded:
      return new StoreError('CON-D002', 'The disk of the MongoDB server is full', { cause });
    case serverCode.maxTimeExpired:
    case serverCode.exceededTimeLimit:
    case serverCode.cursorNotFound:
      return new StoreError('CON-D001', 'The MongoDB server takes too long', { cause, retry: 'later' });
    case serverCode.exceededMemoryLimit:
      return new StoreError('CON-D001', 'The MongoDB server has no memory left', { cause, retry: 'later' });
    case serverCode.unauthorized:
    case serverCode.authenticationFailed:
    case serverCode.atlasError:
      return new StoreError('CON-D009', 'The MongoDB server refuses the user of store.url', { cause });
    case serverCode.keyTaken:
      return new StoreError('CON-I001', 'A key is taken at the MongoDB server', { cause });
    default:
      return new StoreError('CON-I001', 'A command failed at the MongoDB server', { cause });
  }
}

/** Whether something was not added because its key is there. */
export function isTaken(error: unknown): boolean {
  const cause: unknown = error instanceof ConcordError ? error.cause : error;
  return codeOf(cause) === serverCode.keyTaken;
}

/** Whether a collection is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === serverCode.namespaceNotFound;
}

/** The driver gives up looking for a server, and has the reason with it. */
function isTooOld(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause.name === 'MongoCompatibilityError' || (cause.cause !== undefined && isTooOld(cause.cause));
}

function codeOf(cause: unknown): number | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined;
}

/** The driver hands on what the system says of a line that breaks just as something is written to it. */
function isOfSystem(cause: unknown): boolean {
  return cause instanceof Error && 'syscall' in cause;
}

/** What broke under a command with many rows comes without its own name and labels. Whatever a server answers has a code. */
function isUnanswered(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'MongoBulkWriteError' && codeOf(cause) === undefined;
}

// A replica set that chooses another primary answers so for a moment.
function hasLabel(cause: unknown): boolean {
  if (!(cause instanceof Error) || !('hasErrorLabel' in cause) || typeof cause.hasErrorLabel !== 'function')
    return false;
  // Holds: the driver's own method, which takes a text and answers with a boolean.
  const ask = cause.hasErrorLabel.bind(cause) as (label: string) => boolean;
  return ask('RetryableWriteError') || ask('RetryableError');
}
