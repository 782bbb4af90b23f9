import { declaresNamespaces, factsOf } from '../xml/document-facts.ts';
import { NamespaceScope } from '../xml/namespace-scope.ts';
import { writtenDeclarations } from '../xml/serialize.ts';
import type { XmlAttribute, XmlDeclaration, XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts';
import { NOTHING, XML_NAMESPACE } from '../xml/tree.ts';
import { XmlWriter } from '../xml/xml-writer.ts';
import { hasSeveralBlanks, writeTemplate } from './delta-template.ts';
import { MAX_INSTRUCTIONS, XUPDATE_NAMESPACE } from './modifications.ts';
import { isSelect } from './select.ts';
import { settleNode } from './settle.ts';

/** Where a node is: a step below another place; undefined is the document. */
export interface Path {
  readonly parent: Path | undefined;
  readonly step: string;
}

/** The select that a path is written as. */
export function writePath(path: Path | undefined): string {
  const steps: string[] = [];
  for (let at = path; at !== undefined; at = at.parent) steps.push(at.step);
  return steps.length === 0 ? '/' : `/${steps.reverse().join('/')}`;
}

/** The text of one delta while it grows, or has grown too much. Owns its instructions and the prefixes that they use. */
export class DeltaWriter {
  readonly #prefix: string;
  #instructions = new XmlWriter();
  #count = 0;
  readonly #bound = new Map<string, string>();
  readonly #taken: ReadonlySet<string>;
  #known: NamespaceScope | undefined;
  #knownSize = 0;
  /** Names without namespace need no declarations wherever they are written. */
  readonly #hasNamespaces: boolean;
  readonly #roomFor: (length: number) => number;
  #room = FIRST_ROOM;
  #isGivenUp = false;

  /** @param roomFor How long the instructions may become; asked when they are longer than it has said before */
  constructor(before: XmlDocument, after: XmlDocument, roomFor: (length: number) => number = unlimited) {
    this.#roomFor = roomFor;
    // The language's prefix must mean nothing else anywhere, or a template could not be written inside data that binds it.
    const own = [before, after].flatMap(({ root }) => root.declarations.map((each) => each.prefix));
    this.#taken = new Set([...own, ...factsOf(before).declaredInside, ...factsOf(after).declaredInside]);
    this.#hasNamespaces = declaresNamespaces(after);
    let prefix = 'xu';
    while (this.#taken.has(prefix)) prefix += 'u';
    this.#prefix = prefix;
    this.#bound.set(XUPDATE_NAMESPACE, prefix);
    for (const { prefix: each, namespace } of after.root.declarations) {
      if (each !== '' && !this.#bound.has(namespace)) this.#bound.set(namespace, each);
    }
  }

  /** Whether it can be no delta, and nothing more is written: no room was left, or there were too many instructions, or an address that no select may be. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** A name as a select or `rename` writes it, with a prefix that is bound for the whole delta. */
  name(named: Pick<XmlElement | XmlAttribute, 'prefix' | 'local' | 'namespace'>): string {
    const { namespace, local } = named;
    if (namespace === '') return local;
    if (namespace === XML_NAMESPACE) return `xml:${local}`;
    let prefix = this.#bound.get(namespace);
    if (prefix === undefined) {
      prefix = this.#freePrefix(named.prefix);
      this.#bound.set(namespace, prefix);
    }
    return `${prefix}:${local}`;
  }

  /** Adds an instruction whose content are nodes. */
  write(kind: string, path: string, nodes: readonly XmlNode[] = NOTHING): void {
    if (!this.#begins(path)) return;
    const name = `${this.#prefix}:${kind}`;
    const writer = this.#instructions;
    writer.open(name);
    writer.attribute('select', path);
    if (nodes.length === 0) writer.endEmpty();
    else {
      const preserve = hasSeveralBlanks(nodes);
      if (preserve) writer.attribute('xml:space', 'preserve');
      writer.endOpen();
      const form = { prefix: this.#prefix, preserve };
      for (let at = 0; at < nodes.length && this.#hasRoom(); at++) {
        const node = nodes[at];
        if (node !== undefined) writeTemplate(writer, this.#settled(node), form);
      }
      writer.close(name);
    }
    this.#ends();
  }

  /** Adds the attributes as new ones of the element at the path. */
  appendAttributes(path: string, attributes: readonly XmlAttribute[]): void {
    if (!this.#begins(path)) return;
    const [instruction, constructor] = [`${this.#prefix}:append`, `${this.#prefix}:attribute`];
    const writer = this.#instructions;
    writer.open(instruction);
    writer.attribute('select', path);
    writer.endOpen();
    for (const { name, namespace, value } of attributes) {
      writer.open(constructor);
      writer.attribute('name', name);
      if (namespace !== '') writer.attribute('namespace', namespace);
      writer.endOpen();
      writer.text(value);
      writer.close(constructor);
    }
    writer.close(instruction);
    this.#ends();
  }

  /** The whole delta. */
  finish(): string {
    const pieces = this.#instructions.finishPieces();
    const body = this.#bound.size > 1 ? pieces.join('') : '';
    const used: XmlDeclaration[] = [];
    for (const [namespace, prefix] of this.#bound) {
      if (namespace === XUPDATE_NAMESPACE || body.includes(`${prefix}:`)) used.push({ prefix, namespace });
    }
    const root = `${this.#prefix}:modifications`;
    // Joined at once: a text put together of texts is copied once more by whoever looks at it.
    return [`<${root} version="1.0"${writtenDeclarations(used)}>`, ...pieces, `</${root}>`].join('');
  }

  /** The namespaces in scope in every instruction; more of them are bound while selects are written. */
  #scope(): NamespaceScope {
    if (this.#known === undefined || this.#knownSize !== this.#bound.size) {
      this.#known = new NamespaceScope();
      this.#knownSize = this.#bound.size;
      this.#known.enter([...this.#bound].map(([namespace, prefix]) => ({ prefix, namespace })));
    }
    return this.#known;
  }

  /** A node with the declarations that its names need. */
  #settled(node: XmlNode): XmlNode {
    if (node.kind !== 'element' || !this.#hasNamespaces) return node;
    return settleNode(node, { scope: this.#scope(), count: ignore }, 0);
  }

  /** Whether one more instruction can be written. */
  #begins(path: string): boolean {
    if (this.#isGivenUp) return false;
    if (++this.#count > MAX_INSTRUCTIONS || !isSelect(path)) this.#giveUp();
    return !this.#isGivenUp;
  }

  #ends(): void {
    if (!this.#hasRoom()) this.#giveUp();
  }

  #hasRoom(): boolean {
    const { length } = this.#instructions;
    if (length > this.#room) this.#room = this.#roomFor(length);
    return length <= this.#room;
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    this.#instructions = new XmlWriter();
  }

  #freePrefix(wanted: string): string {
    const inUse = new Set(this.#bound.values());
    if (wanted !== '' && !inUse.has(wanted)) return wanted;
    let number = 1;
    while (inUse.has(`n${number}`) || this.#taken.has(`n${number}`)) number++;
    return `n${number}`;
  }
}

// Small enough that what was written in vain costs nothing, and large enough that for few deltas anybody asks.
const FIRST_ROOM = 16_384;

function unlimited(): number {
  return Infinity;
}

function ignore(): void {
  // What is written here is counted by whoever applies it.
}
