import { ConduitError } from '../errors/concord-error.ts';

/** Why modifications are refused: one word for each kind of fault, stable, told to peers. */
export type XUpdateReason =
  | 'syntax'
  | 'version'
  | 'content'
  | 'select-syntax'
  | 'select-empty'
  | 'select-many'
  | 'target-kind'
  | 'attribute-exists'
  | 'name'
  | 'prefix'
  | 'position'
  | 'variable'
  | 'not-well-formed'
  | 'limit';

/** Where in the modifications the fault is: the instruction's number, counted from 1 in written order, the line in which it begins, and its select. */
export interface XUpdatePlace {
  readonly instruction?: number | undefined;
  readonly line?: number | undefined;
  readonly select?: string | undefined;
  readonly cause?: unknown;
}

/** Modifications that break the language or do not fit the document; the document is as it was. `reason` says why, in one word. */
export class XUpdateError extends ConduitError {
  readonly reason: XUpdateReason;
  readonly instruction: number | undefined;
  readonly line: number | undefined;
  readonly select: string | undefined;
  /** The fault alone, without its place. */
  readonly what: string;

  constructor(reason: XUpdateReason, what: string, place: XUpdatePlace = {}) {
    const { instruction, line, select, cause } = place;
    const where = instruction === undefined ? 'Modifications' : `Instruction ${instruction}`;
    const inLine = line === undefined ? '' : ` in line ${line}`;
    const selected = select === undefined ? '' : ` (select ${select.slice(0, 200)})`;
    super('CON-U001', `${where}${inLine}${selected}: ${what} [xupdate-${reason}]`, {
      ...(cause === undefined ? {} : { cause }),
      reason,
      instruction,
      line,
      select,
    });
    this.reason = reason;
    this.instruction = instruction;
    this.line = line;
    this.select = select;
    this.what = what;
  }

  /** The same fault, with its place where it had none. */
  at(place: XUpdatePlace): XUpdateError {
    if (this.instruction !== undefined) return this;
    return new XUpdateError(this.reason, this.what, { cause: this.cause, ...place });
  }

  /** The same fault, with the line of its instruction, where it has one. */
  inLine(lineOf: (instruction: number) => number | undefined): XUpdateError {
    const { instruction, select } = this;
    if (instruction === undefined || this.line !== undefined) return this;
    const line = lineOf(instruction);
    return new XUpdateError(this.reason, this.what, { cause: this.cause, instruction, line, select });
  }
}
