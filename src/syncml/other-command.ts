/**
 * A command that Concord does not carry out: Copy, Move, Exec, Search, or one that the standard does not know. Only read, never written;
 * it is kept so that it can be answered (406 for a command of the standard, 400 otherwise) while the rest of the message goes on.
 */
export interface OtherCommand {
  readonly kind: 'Other';
  /** The name of the element. */
  readonly name: string;
  readonly cmdId: string;
  readonly noResp?: true;
}
