const megabyte = 1024 * 1024;
const pageOctets = 4096;

/**
 * Checkpoints of 64 MB: with the default of 4 MB an import spends a third of its time waiting for the disk, and with 16 MB a first sync a tenth: a message that
 * is kept until it is answered is written over and over, and only the last one is worth a checkpoint.
 */
export const largestLogOctets = 64 * megabyte;

/** What a write-ahead log holds. */
export interface LogState {
  readonly pages: number;
  /** So many of them, from its beginning, are in the file too. When all are, the next commit begins the log anew. */
  readonly copied: number;
  /** The commit with which it holds so many copies them itself. */
  readonly most: number;
}

/** Tells what the log holds, and does nothing. */
export const lookAtLog = 'PRAGMA wal_checkpoint(NOOP)';

/** What a checkpoint answers. */
export interface CheckpointRow {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

/** How many pages so many octets of a log are. */
export function logPages(octets: number): number {
  return Math.ceil(octets / pageOctets);
}

/**
 * Sets how much a log holds before a commit copies it into the file, and cuts back what one large commit has made longer. No further: to write over what is there waits for nothing, but the room for more
 * has to wait for whatever the disk is at.
 */
export function bound(octets: number): string {
  return `PRAGMA wal_autocheckpoint = ${logPages(octets)}; PRAGMA journal_size_limit = ${octets}`;
}
