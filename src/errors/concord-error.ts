import type { ErrorCode } from './codes.ts';
import { errorCodes } from './codes.ts';

/** What a caller may do with a failed operation: `later` means the same call can succeed without anyone changing anything. */
export type Retry = 'never' | 'later';

/** What an error may carry beside its code: identifiers for the log, never secrets or document content. */
export interface ErrorOptions {
  readonly cause?: unknown;
  readonly retry?: Retry;
  readonly [detail: string]: unknown;
}

/**
 * The root of every error that Concord throws. `code` is stable and listed once, in `codes.ts`, with what an operator does about it;
 * `message` says what happened; `details` are identifiers only.
 */
export class ConcordError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    const { cause, retry = 'never', ...details } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.retry = retry;
    this.details = details;
  }

  /** What an operator can do about it, from the catalogue. */
  get remedy(): string {
    return errorCodes[this.code];
  }
}

/** The peer broke SyncML, XML or XUpdate: a Status 4xx goes to the peer and the session ends. */
export class ProtocolError extends ConcordError {}

/** A credential, token, seal or key was refused: Status 401, no detail to the peer, a line in the audit log. */
export class AuthenticityError extends ConcordError {}

/** A document, or one change of it, cannot be accepted: a Status on that item, and the session goes on. */
export class ConduitError extends ConcordError {}

/** A message could not be delivered. `later`: the activity retries with back-off; `never`: the subscription waits for a person. */
export class TransportError extends ConcordError {}

/** The store is busy (`later`), full or corrupt (`never`). */
export class StoreError extends ConcordError {}

/** What was asked cannot be done as asked: unknown site, path, publication, name; wrong usage. Nothing was changed. */
export class RequestError extends ConcordError {}

/** The configuration is wrong; thrown at start only, lists every fault. */
export class ConfigurationError extends ConcordError {}

/** A promise of our own code is broken: the activity fails and no data is changed. */
export class InvariantError extends ConcordError {}
