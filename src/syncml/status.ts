import type { Chal, Cred } from './cred.ts';
import type { Item } from './item.ts';

/** Status codes (SyncML Representation 1.2, "Response Status Codes"). Not to be mixed up with alert codes of the same number. */
export const StatusCode = {
  // "Successful 2xx"
  Ok: 200,
  ItemAdded: 201,
  AcceptedForProcessing: 202,
  NonAuthoritative: 203,
  NoContent: 204,
  ResetContent: 205,
  PartialContent: 206,
  ConflictResolvedWithMerge: 207,
  ConflictResolvedClientWins: 208,
  ConflictResolvedWithDuplicate: 209,
  DeletedWithoutArchive: 210,
  ItemNotDeleted: 211,
  AuthenticationAccepted: 212,
  ChunkAccepted: 213,
  OperationCancelled: 214,
  NotExecuted: 215,
  AtomicRollBackOk: 216,
  NotModified: 222,
  Busy: 223,
  Suspended: 224,
  // "Originator exceptions 4xx"
  BadRequest: 400,
  InvalidCredentials: 401,
  Forbidden: 403,
  NotFound: 404,
  CommandNotAllowed: 405,
  OptionalFeatureNotSupported: 406,
  MissingCredentials: 407,
  Conflict: 409,
  Gone: 410,
  IncompleteCommand: 412,
  EntityTooLarge: 413,
  UnsupportedMediaType: 415,
  SizeTooBig: 416,
  RetryLater: 417,
  AlreadyExists: 418,
  ConflictResolvedServerWins: 419,
  DeviceFull: 420,
  SizeMismatch: 424,
  PermissionDenied: 425,
  // "Recipient exceptions 5xx"
  CommandFailed: 500,
  CommandNotImplemented: 501,
  ServiceUnavailable: 503,
  DtdVersionNotSupported: 505,
  ProcessingError: 506,
  AtomicFailed: 507,
  RefreshRequired: 508,
  // reserved by the standard; Synthesis answers 509 to a resume that must become a slow sync
  ResumeRefused: 509,
  DataStoreFailure: 510,
  ServerFailure: 511,
  SynchronizationFailed: 512,
  ProtocolVersionNotSupported: 513,
  OperationCancelledByRecipient: 514,
  AtomicRollBackFailed: 516,
} as const;

/** A code of the table. */
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** The outcome of a command, or of some of its items (SyncML Representation 1.2, Status). */
export interface Status {
  readonly kind: 'Status';
  readonly cmdId: string;
  /** MsgID of the message that is answered. */
  readonly msgRef: number;
  /** CmdID of the command that is answered; `0` for the SyncHdr. */
  readonly cmdRef: string;
  /** The name of the command that is answered: `SyncHdr`, `Add`, `Alert`, … */
  readonly cmd: string;
  /** Target LocURIs of the answered items; with no reference at all the Status is for the whole command. */
  readonly targetRefs?: readonly string[];
  /** Source LocURIs of the answered items. */
  readonly sourceRefs?: readonly string[];
  readonly cred?: Cred;
  readonly chal?: Chal;
  /** One of `StatusCode`, or whatever number the peer sent. */
  readonly code: number;
  readonly items?: readonly Item[];
}
