import { parseXml } from '../xml/parse.ts';
import { serializeNodes } from '../xml/serialize.ts';

/** One instruction of a delta, for people and for scripts. */
export interface ListedInstruction {
  readonly instruction: string;
  readonly select: string;
  /** What is written, as XML; empty for a removal. */
  readonly content: string;
}

/** The instructions of a delta in their order. */
export function listInstructions(delta: string): readonly ListedInstruction[] {
  return parseXml(delta).root.children.flatMap((child) => {
    if (child.kind !== 'element') return [];
    const select = child.attributes.find(({ name }) => name === 'select')?.value ?? '';
    return [{ instruction: child.local, select, content: serializeNodes(child.children) }];
  });
}

/** A line for each instruction. */
export function describeDelta(delta: string): readonly string[] {
  return listInstructions(delta).map(({ instruction, select, content }) =>
    content === '' ? `${instruction} ${select}` : `${instruction} ${select}: ${content}`,
  );
}
