import { hash } from 'node:crypto';

/**
 * A place in a site's log: sequence number, the epoch of the log there, and the running hash of everything up to there. Two logs that agree in all three
 * are the same up to that place; a different hash tells a restored or copied log (engine.md §2).
 */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
}

/** Where the log of a new site begins. */
export function startOfLog(epoch: string): Position {
  return { epoch, seq: 0, hash: '' };
}

/** The position after one more entry; `summary` is what the entry says (gid, state and digest). The hash is 22 characters, 132 bits. */
export function advance(position: Position, summary: string): Position {
  const seq = position.seq + 1;
  const digest = hash('sha256', `${position.hash} ${position.epoch} ${String(seq)} ${summary}`, 'base64url');
  return { epoch: position.epoch, seq, hash: digest.slice(0, 22) };
}

/** Whether both name the same place of the same log. The start of a log is the same place in every epoch. */
export function isSamePosition(a: Position, b: Position): boolean {
  return a.seq === b.seq && (a.seq === 0 || (a.epoch === b.epoch && a.hash === b.hash));
}

/** Text form for messages: `epoch.seq.hash`. */
export function formatPosition(position: Position): string {
  return `${position.epoch}.${String(position.seq)}.${position.hash}`;
}

/** Reads what formatPosition wrote; undefined for anything else. */
export function parsePosition(text: string): Position | undefined {
  const match = /^([\w-]{1,64})\.(\d{1,15})\.([\w-]{0,64})$/.exec(text);
  if (match === null) return undefined;
  const [, epoch = '', seq = '', hash = ''] = match;
  return { epoch, seq: Number(seq), hash };
}
