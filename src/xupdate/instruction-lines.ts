import type { XmlLimits } from '../xml/limits.ts';
import type { XmlEvents } from '../xml/reader.ts';
import { readXml } from '../xml/reader.ts';
import { XUPDATE_NAMESPACE } from './modifications.ts';

/** The line of well-formed modifications in which the instruction with the number begins; undefined when they have fewer. */
export function lineOfInstruction(text: string, instruction: number, limits: XmlLimits): number | undefined {
  const lines = new InstructionLines(instruction);
  readXml(text, limits, lines);
  return lines.line;
}

/** Counts instructions as they are read, in the order written. Owns the count. The listener is called bare: its members are fields. */
class InstructionLines implements XmlEvents {
  line: number | undefined;
  #left: number;
  // For each open element, whether instructions may stand in it.
  readonly #open: boolean[] = [];

  constructor(instruction: number) {
    this.#left = instruction;
  }

  readonly open: XmlEvents['open'] = ({ namespace, local, line }) => {
    const isOurs = namespace === XUPDATE_NAMESPACE;
    const isInstruction = isOurs && this.#open.at(-1) === true;
    if (isInstruction && --this.#left === 0) this.line = line;
    this.#open.push(isOurs && (isInstruction ? local === 'if' : this.#open.length === 0));
  };

  readonly close = (): void => {
    this.#open.pop();
  };

  readonly characters = ignore;
  readonly comment = ignore;
  readonly instruction = ignore;
}

function ignore(): void {
  // Only elements are instructions.
}
