import { ProtocolError } from '../errors/concord-error.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { defaultXmlLimits } from '../xml/limits.ts';
import { parseXml } from '../xml/parse.ts';
import type { XmlElement } from '../xml/tree.ts';
import { readExpression, readVariableName } from './expression.ts';
import { lineOfInstruction } from './instruction-lines.ts';
import type { Constructor, Instruction, Modifications, Profile } from './modifications.ts';
import { MAX_INSTRUCTIONS, XUPDATE_NAMESPACE } from './modifications.ts';
import type { Reading } from './parse-template.ts';
import {
  checkAttributes,
  enterElement,
  isBlank,
  optional,
  parseCharacters,
  parseTemplate,
  pieces,
  required,
} from './parse-template.ts';
import { XUpdateError } from './xupdate-error.ts';

// Each may copy a list that has changed since, however long it is; nobody needs more, and diff writes none.
const MAX_VARIABLES = 1_000;
// Modifications, an instruction, and a constructor inside the deepest element that it makes: a document of the greatest depth can be put whole, and how deep it becomes is counted
// when it is made.
const OWN_LEVELS = 3;

/**
 * Reads modifications and checks all that can be checked without the document.
 * @throws XUpdateError with the reason and, inside an instruction, its number and line
 */
export function parseModifications(
  text: string,
  profile: Profile = 'peer',
  limits: XmlLimits = defaultXmlLimits,
): Modifications {
  const own = { ...limits, maxDepth: limits.maxDepth + OWN_LEVELS };
  const root = readRoot(text, own);
  if (root.namespace !== XUPDATE_NAMESPACE || root.local !== 'modifications') {
    throw new XUpdateError('syntax', 'the root element is not modifications of the XUpdate namespace');
  }
  if (optional(root, 'version')?.trim() !== '1.0') throw new XUpdateError('version', 'the version must be 1.0');
  const warnings: string[] = [];
  const outside: Reading = { profile, scope: new Map(), preserve: false, warn: (warning) => warnings.push(warning) };
  const reading = enterElement(outside, root);
  checkAttributes(root, ['version'], reading);
  const lineOf = (instruction: number): number | undefined => lineOfInstruction(text, instruction, own);
  try {
    return { instructions: new InstructionReader().instructions(root, reading), warnings, lineOf };
  } catch (error) {
    throw error instanceof XUpdateError ? error.inLine(lineOf) : error;
  }
}

function readRoot(text: string, limits: XmlLimits): XmlElement {
  try {
    return parseXml(text, limits).root;
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new XUpdateError(cause.code === 'CON-X002' ? 'limit' : 'syntax', cause.message, { cause });
  }
}

/** Reads instructions; owns their numbers. */
class InstructionReader {
  #count = 0;
  #variables = 0;

  instructions(parent: XmlElement, reading: Reading): readonly Instruction[] {
    const found: Instruction[] = [];
    for (const piece of pieces(parent, false)) {
      if (typeof piece === 'string') throw new XUpdateError('content', `characters directly under ${parent.local}`);
      if (piece.namespace === XUPDATE_NAMESPACE) found.push(this.#instruction(piece, enterElement(reading, piece)));
      else if (reading.profile === 'peer') throw new XUpdateError('content', `${piece.name} is no instruction`);
      else reading.warn(`${piece.name} is no instruction`);
    }
    return found;
  }

  #instruction(element: XmlElement, reading: Reading): Instruction {
    const number = ++this.#count;
    try {
      if (number > MAX_INSTRUCTIONS) throw new XUpdateError('limit', `more than ${MAX_INSTRUCTIONS} instructions`);
      return this.#read(element, reading, number);
    } catch (error) {
      throw error instanceof XUpdateError
        ? error.at({ instruction: number, select: optional(element, 'select') })
        : error;
    }
  }

  #read(element: XmlElement, reading: Reading, number: number): Instruction {
    const { scope, profile } = reading;
    const kind = element.local;
    if (kind === 'if') return this.#if(element, reading, number);
    if (!isInstruction(kind)) throw new XUpdateError('content', `${kind} is no instruction`);
    checkAttributes(element, ATTRIBUTES[kind], reading);
    const select = readExpression(required(element, 'select'), scope, profile);
    switch (kind) {
      case 'append':
        return {
          kind,
          number,
          select,
          scope,
          child: optional(element, 'child'),
          template: parseTemplate(element, reading),
        };
      case 'insert-before':
      case 'insert-after':
        return { kind, number, select, template: withoutAttributes(parseTemplate(element, reading), kind) };
      case 'update':
        return { kind, number, select, template: withoutAttributes(parseTemplate(element, reading), kind) };
      case 'rename':
        return { kind, number, select, scope, template: parseCharacters(element, reading) };
      case 'remove':
        requireEmpty(element);
        return { kind, number, select };
      case 'variable':
        requireEmpty(element);
        if (++this.#variables > MAX_VARIABLES) throw new XUpdateError('limit', `more than ${MAX_VARIABLES} variables`);
        return { kind, number, select, name: readVariableName(required(element, 'name'), scope) };
      default:
        return kind satisfies never;
    }
  }

  #if(element: XmlElement, reading: Reading, number: number): Instruction {
    if (reading.profile === 'peer') throw new XUpdateError('content', 'a peer may not send if');
    checkAttributes(element, ['test'], reading);
    const select = readExpression(required(element, 'test'), reading.scope, reading.profile);
    return { kind: 'if', number, select, instructions: this.instructions(element, reading) };
  }
}

const ATTRIBUTES = {
  append: ['select', 'child'],
  'insert-before': ['select'],
  'insert-after': ['select'],
  update: ['select'],
  remove: ['select'],
  rename: ['select'],
  variable: ['select', 'name'],
} as const;

function isInstruction(name: string): name is keyof typeof ATTRIBUTES {
  return Object.hasOwn(ATTRIBUTES, name);
}

function withoutAttributes(template: readonly Constructor[], kind: string): readonly Constructor[] {
  if (!template.some((item) => item.kind === 'attribute')) return template;
  throw new XUpdateError('content', `an attribute has no place in ${kind}`);
}

function requireEmpty(element: XmlElement): void {
  const empty = element.children.every(
    (child) => child.kind !== 'element' && (child.kind !== 'text' || isBlank(child.text)),
  );
  if (!empty) throw new XUpdateError('content', `${element.local} must be empty`);
}
