import type { Position } from '../../objects/position.ts';
import type { Row } from './mongo-rows.ts';
import { numberKey } from './site-tables.ts';
import { type Step, sizeOf } from './steps.ts';

/** What one row of the server may hold, with room to spare. */
const largestPart = 6_000_000;

/** What a decision rests on: the end of the log, and the numbers that were given last. `number` grows with whatever is committed. */
export interface Turn {
  readonly number: number;
  readonly head: Position;
  readonly listed: number;
  readonly peers: number;
  readonly collections: number;
  /** 1 when the log has any revision with a shadow. */
  readonly shadows: number;
}

/** What a turn is to be: the numbers after it, and what it writes. */
export interface TurnDraft extends Omit<Turn, 'number'> {
  readonly steps: readonly Step[];
}

/** What a turn is to be, and what comes of it. Without steps nothing is written. */
export interface Plan<Result> {
  readonly result: Result;
  readonly steps?: readonly Step[];
  readonly numbers?: Partial<Omit<Turn, 'number'>>;
  /** What is kept beside rows, and no longer named once the turn is there. */
  readonly replaced?: readonly string[];
}

/**
 * A turn as the server has it. Its key is what two writers are settled by: a server takes one row with a key. Until `isDone`, it carries what it
 * writes, itself or in parts, so that anybody can finish it.
 */
export interface TurnRow extends Row {
  readonly turn: number;
  readonly at: number;
  readonly by: string;
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
  readonly listed: number;
  readonly peers: number;
  readonly collections: number;
  readonly shadows: number;
  readonly isDone: boolean;
  readonly parts: number;
  /** What it writes, until it is done; see `writtenSteps`. */
  readonly steps: string;
}

/** A part of what a great turn writes. */
export interface PartRow extends Row {
  readonly at: number;
  readonly steps: string;
}

/**
 * Steps as a turn carries them: one text, because nobody looks for what is in it, and a server that takes rows apart has nothing to take apart. Rows that stand in a turn have
 * nothing but what JSON has.
 */
export function writtenSteps(steps: readonly Step[]): string {
  return JSON.stringify(steps);
}

/** The steps of a turn, or of a part of one. */
export function readSteps(steps: string): readonly Step[] {
  // Holds: the field is written by `writtenSteps` only.
  return JSON.parse(steps) as readonly Step[];
}

/** The key of a turn. */
export function keyOfTurn(turn: number): string {
  return numberKey(turn);
}

/** A turn as a row, but for what it writes. */
export function rowOfTurn(
  { number, head, listed, peers, collections, shadows }: Turn,
  by: string,
): Omit<TurnRow, 'at' | 'isDone' | 'parts' | 'steps'> {
  return { _id: keyOfTurn(number), turn: number, by, ...head, listed, peers, collections, shadows };
}

/** The turn that a row is of. */
export function turnOfRow({ turn, epoch, seq, hash, listed, peers, collections, shadows }: TurnRow): Turn {
  return { number: turn, head: { epoch, seq, hash }, listed, peers, collections, shadows };
}

/** What a turn writes, in parts that fit into a row each. */
export function intoParts(steps: readonly Step[]): readonly (readonly Step[])[] {
  const parts: Step[][] = [];
  let size = largestPart;
  for (const step of steps) {
    const own = sizeOf(step);
    if (size + own > largestPart) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(step);
    size += own;
  }
  return parts;
}
