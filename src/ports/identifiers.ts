import type { Gid } from '../objects/gid.ts';

/** Makes names that were never there before. */
export interface Identifiers {
  /** A UUID of version 7 (RFC 9562): sorts by time of creation. */
  gid(): Gid;
  /** 128 random bits, 22 characters: sessions, epochs, conflicts. */
  random(): string;
  /** 256 random bits, 43 characters: tokens and passwords. */
  secret(): string;
}
