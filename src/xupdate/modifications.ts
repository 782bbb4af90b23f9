import type { XmlAttribute, XmlDeclaration, XmlElement } from '../xml/tree.ts';
import type { Select } from './select.ts';

/** The namespace of the language. */
export const XUPDATE_NAMESPACE = 'http://www.xmldb.org/xupdate';

/** More instructions are refused: a document of the largest size in which so much has changed is put whole. */
export const MAX_INSTRUCTIONS = 100_000;

/** `peer`: deltas of another site, strict and small; `tool`: an operator's own file. */
export type Profile = 'peer' | 'tool';

/** The namespaces that prefixes stand for at some element of the modifications. */
export type PrefixScope = ReadonlyMap<string, string>;

/** An expression as written, with what is needed to evaluate it; `path` only when it is in the peers' grammar. */
export interface Expression {
  readonly text: string;
  readonly scope: PrefixScope;
  readonly path: Select | undefined;
  /** Set when the expression is `$name` and nothing else. */
  readonly variable: string | undefined;
}

/** A new element, written as a literal or constructed. */
export interface ElementConstructor {
  readonly kind: 'element';
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly declarations: readonly XmlDeclaration[];
  readonly content: Template;
}

/** A new attribute. */
export interface AttributeConstructor {
  readonly kind: 'attribute';
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  readonly content: Template;
}

/** Characters, from a `text` constructor or written as they are. */
export interface TextConstructor {
  readonly kind: 'text';
  readonly text: string;
}

/** A new comment. */
export interface CommentConstructor {
  readonly kind: 'comment';
  readonly content: Template;
}

/** A new processing instruction. */
export interface ProcessingInstructionConstructor {
  readonly kind: 'processing-instruction';
  readonly target: string;
  readonly content: Template;
}

/** A copy of nodes, or the string of a value. */
export interface ValueOf {
  readonly kind: 'value-of';
  readonly select: Expression;
}

/** A literal without anything of the language inside: it is what it makes. */
export interface PlainLiteral {
  readonly kind: 'node';
  readonly node: XmlElement;
}

/** One piece of what an instruction writes. */
export type Constructor =
  | ElementConstructor
  | PlainLiteral
  | AttributeConstructor
  | TextConstructor
  | CommentConstructor
  | ProcessingInstructionConstructor
  | ValueOf;

/** What an instruction writes, in order. */
export type Template = readonly Constructor[];

interface Numbered {
  /** Counted from 1, in the order written, those inside an `if` included. */
  readonly number: number;
  readonly select: Expression;
}

/** New nodes become the last children of the target, or stand at `child`; attributes are set on it. */
export interface Append extends Numbered {
  readonly kind: 'append';
  readonly child: string | undefined;
  readonly template: Template;
  readonly scope: PrefixScope;
}

/** New nodes become siblings in front of the target. */
export interface InsertBefore extends Numbered {
  readonly kind: 'insert-before';
  readonly template: Template;
}

/** New nodes become siblings behind the target. */
export interface InsertAfter extends Numbered {
  readonly kind: 'insert-after';
  readonly template: Template;
}

/** The content of the target is replaced; name and attributes stay. */
export interface Update extends Numbered {
  readonly kind: 'update';
  readonly template: Template;
}

/** The target goes, with all below it. */
export interface Remove extends Numbered {
  readonly kind: 'remove';
}

/** The target gets another name; all else stays. */
export interface Rename extends Numbered {
  readonly kind: 'rename';
  readonly template: Template;
  readonly scope: PrefixScope;
}

/** The value of an expression gets a name for later instructions. */
export interface Variable extends Numbered {
  readonly kind: 'variable';
  /** By expanded name, so that prefixes do not matter. */
  readonly name: string;
}

/** Instructions that run when the test (in `select`) is true. */
export interface If extends Numbered {
  readonly kind: 'if';
  readonly instructions: readonly Instruction[];
}

/** One instruction of the language. */
export type Instruction = Append | InsertBefore | InsertAfter | Update | Remove | Rename | Variable | If;

/** Modifications, read and checked as far as that goes without a document. */
export interface Modifications {
  readonly instructions: readonly Instruction[];
  /** What an operator's file has that means nothing and was left out; always empty for peers, who are refused instead. */
  readonly warnings: readonly string[];
  /** The line of the text in which an instruction begins. Looked for when asked, as only faults ask. */
  readonly lineOf: (instruction: number) => number | undefined;
}

/** The one form of a variable's name. */
export function variableKey(namespace: string, local: string): string {
  return `${local} ${namespace}`;
}
