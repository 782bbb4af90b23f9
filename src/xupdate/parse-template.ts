import type { XmlElement } from '../xml/tree.ts';
import { XML_NAMESPACE } from '../xml/tree.ts';
import { constructedName, instructionTarget } from './constructed-name.ts';
import { readValueExpression } from './expression.ts';
import type { Constructor, PrefixScope, Profile, Template } from './modifications.ts';
import { XUPDATE_NAMESPACE } from './modifications.ts';
import { XUpdateError } from './xupdate-error.ts';

/** What holds at some element of the modifications. */
export interface Reading {
  readonly profile: Profile;
  readonly scope: PrefixScope;
  /** `xml:space="preserve"` is in force. */
  readonly preserve: boolean;
  readonly warn: (warning: string) => void;
}

/** What holds inside the element. */
export function enterElement(reading: Reading, element: XmlElement): Reading {
  const space = element.attributes.find(
    ({ local, namespace }) => local === 'space' && namespace === XML_NAMESPACE,
  )?.value;
  if (element.declarations.length === 0 && space === undefined) return reading;
  const declared = element.declarations.map(({ prefix, namespace }) => [prefix, namespace] as const);
  const scope = declared.length === 0 ? reading.scope : new Map([...reading.scope, ...declared]);
  return { ...reading, scope, preserve: space === undefined ? reading.preserve : space === 'preserve' };
}

/**
 * Characters and elements inside, in order. Comments and instructions are nothing and split no text; blank texts go unless preserved
 * (xupdate.md 5.22, 5.23).
 */
export function pieces(element: XmlElement, keepBlanks: boolean): readonly (string | XmlElement)[] {
  const found: (string | XmlElement)[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '' && (keepBlanks || !isBlank(text))) found.push(text);
    text = '';
  };
  for (const child of element.children) {
    if (child.kind === 'text') text += child.text;
    else if (child.kind === 'element') {
      flush();
      found.push(child);
    }
  }
  flush();
  return found;
}

/** Whether there is nothing but XML white space. */
export function isBlank(text: string): boolean {
  return /^[ \t\n\r]*$/.test(text);
}

/** What an element's attribute without namespace says. @throws XUpdateError `content` when it is not there */
export function required(element: XmlElement, name: string): string {
  const value = optional(element, name);
  if (value === undefined) throw new XUpdateError('content', `${element.local} needs the attribute ${name}`);
  return value;
}

/** What an element's attribute without namespace says, if it is there. */
export function optional(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name)?.value;
}

/** Refuses (peer) or notes (tool) attributes that mean nothing; those of foreign namespaces are nobody's business. */
export function checkAttributes(element: XmlElement, known: readonly string[], reading: Reading): void {
  for (const { name, namespace } of element.attributes) {
    if (namespace !== '' || known.includes(name)) continue;
    const what = `${element.local} has no attribute ${name}`;
    if (reading.profile === 'peer') throw new XUpdateError('content', what);
    reading.warn(what);
  }
}

/** The template inside an instruction, a constructor or a literal; `reading` is that inside the element. */
export function parseTemplate(element: XmlElement, reading: Reading): Template {
  return pieces(element, reading.preserve).map((piece) => {
    if (typeof piece === 'string') return { kind: 'text', text: piece };
    // Looked at once for each piece of an instruction: looking again inside would be quadratic in the depth.
    const isOutermost = element.namespace === XUPDATE_NAMESPACE && isInstructionName(element.local);
    if (isOutermost && isPlain(piece, reading.preserve)) return { kind: 'node', node: piece };
    return parseConstructor(piece, enterElement(reading, piece));
  });
}

// Constructors may hold literals too; these are short, and hold each other.
function isInstructionName(local: string): boolean {
  return local !== 'element';
}

/** Whether a template makes of the element just what it is: nothing of the language, no comment or instruction, and no blank to be dropped. */
function isPlain(element: XmlElement, preserve: boolean): boolean {
  if (element.namespace === XUPDATE_NAMESPACE) return false;
  const { attributes, children } = element;
  for (let at = 0; at < attributes.length; at++) if (attributes[at]?.namespace === XML_NAMESPACE) return false;
  for (let at = 0; at < children.length; at++) {
    const child = children[at];
    if (child?.kind === 'element' && isPlain(child, preserve)) continue;
    if (child?.kind !== 'text' || (!preserve && isBlank(child.text))) return false;
  }
  return true;
}

/** A template of characters and values only; characters alone are kept to the last blank. */
export function parseCharacters(element: XmlElement, reading: Reading): Template {
  const alone = element.children.every((child) => child.kind !== 'element');
  return pieces(element, reading.preserve || alone).map((piece): Constructor => {
    if (typeof piece === 'string') return { kind: 'text', text: piece };
    const inner = parseConstructor(piece, enterElement(reading, piece));
    if (inner.kind === 'text' || inner.kind === 'value-of') return inner;
    throw new XUpdateError('content', `${element.local} may contain characters only`);
  });
}

function parseConstructor(element: XmlElement, reading: Reading): Constructor {
  if (element.namespace !== XUPDATE_NAMESPACE) return literal(element, reading);
  switch (element.local) {
    case 'element':
      return elementConstructor(element, reading);
    case 'attribute':
      return attributeConstructor(element, reading);
    case 'text':
      return textConstructor(element, reading);
    case 'cdata':
      if (reading.profile === 'tool') return textConstructor(element, reading);
      break;
    case 'comment':
      checkAttributes(element, [], reading);
      return { kind: 'comment', content: parseCharacters(element, reading) };
    case 'processing-instruction': {
      checkAttributes(element, ['name'], reading);
      const target = instructionTarget(required(element, 'name'));
      return { kind: 'processing-instruction', target, content: parseCharacters(element, reading) };
    }
    case 'value-of':
      checkAttributes(element, ['select'], reading);
      if (pieces(element, false).length > 0) throw new XUpdateError('content', 'value-of must be empty');
      return {
        kind: 'value-of',
        select: readValueExpression(required(element, 'select'), reading.scope, reading.profile),
      };
  }
  throw new XUpdateError('content', `${element.local} is no constructor`);
}

function literal(element: XmlElement, reading: Reading): Constructor {
  const { name, prefix, local, namespace, attributes, declarations } = element;
  const content = parseTemplate(element, reading);
  return { kind: 'element', name, prefix, local, namespace, attributes, declarations, content };
}

function elementConstructor(element: XmlElement, reading: Reading): Constructor {
  checkAttributes(element, ['name', 'namespace'], reading);
  const name = constructedName(required(element, 'name'), reading.scope, optional(element, 'namespace'));
  // Kept as those of a literal are, or an element of the XUpdate namespace with further declarations could not be made at all; but not
  // the one that only makes the constructor itself readable.
  const declarations = element.declarations.filter(({ prefix }) => prefix !== element.prefix);
  return { kind: 'element', ...name, attributes: [], declarations, content: parseTemplate(element, reading) };
}

function attributeConstructor(element: XmlElement, reading: Reading): Constructor {
  checkAttributes(element, ['name', 'namespace'], reading);
  const name = constructedName(required(element, 'name'), reading.scope, optional(element, 'namespace'));
  if (name.namespace !== '' && name.prefix === '') {
    throw new XUpdateError('prefix', 'an attribute with a namespace needs a prefix');
  }
  return { kind: 'attribute', ...name, content: parseCharacters(element, reading) };
}

function textConstructor(element: XmlElement, reading: Reading): Constructor {
  checkAttributes(element, [], reading);
  let text = '';
  for (const piece of pieces(element, true)) {
    if (typeof piece !== 'string') throw new XUpdateError('content', `${element.local} may contain characters only`);
    text += piece;
  }
  return { kind: 'text', text };
}
