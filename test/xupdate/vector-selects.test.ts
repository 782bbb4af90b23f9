import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateXPath } from '../../src/adapters/xpath/evaluate-xpath.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import { applyModifications } from '../../src/xupdate/apply.ts';
import type { Constructor, Expression, Instruction, Modifications } from '../../src/xupdate/modifications.ts';
import { parseModifications } from '../../src/xupdate/parse-modifications.ts';
import { XUpdateError } from '../../src/xupdate/xupdate-error.ts';
import { byConcord, byLibxml2, byXmldom } from './three-evaluators.ts';

const home = join(import.meta.dirname, '../vectors/xupdate');
/** Of what doubles a document a thousand times only the beginning. */
const mostInstructions = 12;
const folders = ['.', 'invalid'].flatMap((above) => readdirSync(join(home, above)).map((name) => join(above, name)));
const names = folders.filter((name) => existsSync(join(home, name, 'before.xml')) && !name.startsWith('diff'));

function read(name: string, file: string): string {
  return readFileSync(join(home, name, file), 'utf8');
}

function unlessRefused<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof XUpdateError) return undefined;
    throw error;
  }
}

/** Each instruction, and the document that it finds. */
function* stepsOf(before: XmlDocument, modifications: Modifications): Generator<readonly [XmlDocument, Instruction]> {
  for (const [at, instruction] of modifications.instructions.slice(0, mostInstructions).entries()) {
    const instructions = modifications.instructions.slice(0, at);
    const options = { profile: 'tool', evaluate: evaluateXPath } as const;
    const document = unlessRefused(() => applyModifications(before, { ...modifications, instructions }, options));
    if (document !== undefined) yield [document, instruction];
  }
}

/** The selects of an instruction that need nothing but the document: those of what it writes, too. */
function selectsOf(instruction: Instruction): readonly Expression[] {
  const written = 'template' in instruction ? instruction.template.flatMap(selectsIn) : [];
  return [instruction.select, ...written].filter(({ path }) => path !== undefined);
}

function selectsIn(constructor: Constructor): readonly Expression[] {
  if (constructor.kind === 'value-of') return [constructor.select];
  return 'content' in constructor ? constructor.content.flatMap(selectsIn) : [];
}

/** How many selects of the vector were looked at. */
function compare(name: string): number {
  const before = parseXml(read(name, 'before.xml'));
  const modifications = unlessRefused(() => parseModifications(read(name, 'modifications.xml'), 'tool'));
  let compared = 0;
  for (const [document, instruction] of modifications === undefined ? [] : stepsOf(before, modifications))
    for (const { text, scope } of selectsOf(instruction)) {
      const written = { select: text, scope };
      const nodes = byConcord(document, written, 'tool');
      const context = `${text} in ${serializeXml(document)}`;
      expect(nodes, context).toEqual(byXmldom(document, written));
      // A relative path begins at the document node; libxml2 begins at the root.
      const absolute = text.startsWith('/') ? text : `/${text}`;
      expect(nodes, context).toEqual(byLibxml2(document, { select: absolute, scope }));
      compared += 1;
    }
  return compared;
}

describe('the selects of the vectors', () => {
  it('find what xpath on xmldom finds, and what libxml2 finds', () => {
    const compared = names.map((name) => compare(name));
    expect(compared.filter((count) => count > 0).length).toBeGreaterThan(150);
  });
});
