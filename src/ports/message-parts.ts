/** A part of a message that came in several, of which others are still missing. */
export interface MessagePart {
  /** Counted from 1. */
  readonly part: number;
  readonly octets: Uint8Array;
}

/** Keeps the parts of messages until they are complete. */
export interface MessageParts {
  /** Keeps a part; again with the same number, it takes the place of the one before. */
  addPart(message: string, part: MessagePart, at: number): Promise<void>;
  /** Those that are there, by number. */
  parts(message: string): Promise<readonly MessagePart[]>;
  dropParts(message: string): Promise<void>;
  /** Forgets what was kept before this time, and tells how many octets are still kept. */
  dropOlderParts(before: number): Promise<number>;
}
