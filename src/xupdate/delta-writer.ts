import { factsOf } from '../xml/document-facts.ts';
import { NamespaceScope } from '../xml/namespace-scope.ts';
import { writtenDeclarations } from '../xml/serialize.ts';
import type { XmlAttribute, XmlDeclaration, XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts';
import { NOTHING, XML_NAMESPACE } from '../xml/tree.ts';
import { XmlWriter } from '../xml/xml-writer.ts';
import { hasSeveralBlanks, writeTemplate } from './delta-template.ts';
import { XUPDATE_NAMESPACE } from './modifications.ts';
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

/** The text of one delta while it grows. Owns its instructions and the prefixes that they use. */
export class DeltaWriter {
  readonly #prefix: string;
  #instructions = new XmlWriter();
  #count = 0;
  readonly #bound = new Map<string, string>();
  readonly #taken: ReadonlySet<string>;
  #known: NamespaceScope | undefined;
  #knownSize = 0;
  readonly #isTooMuch: (sofar: Pick<DeltaWriter, 'length' | 'count'>) => boolean;
  #nextLook = FIRST_LOOK;
  #isFull = false;
  #isUnreadable = false;

  /** @param isTooMuch Asked now and then while the delta grows: then nothing more is written */
  constructor(
    before: XmlDocument,
    after: XmlDocument,
    isTooMuch: (sofar: Pick<DeltaWriter, 'length' | 'count'>) => boolean = never,
  ) {
    this.#isTooMuch = isTooMuch;
    // The language's prefix must mean nothing else anywhere, or a template could not be written inside data that binds it.
    const own = [before, after].flatMap(({ root }) => root.declarations.map((each) => each.prefix));
    this.#taken = new Set([...own, ...factsOf(before).declaredInside, ...factsOf(after).declaredInside]);
    let prefix = 'xu';
    while (this.#taken.has(prefix)) prefix += 'u';
    this.#prefix = prefix;
    this.#bound.set(XUPDATE_NAMESPACE, prefix);
    for (const { prefix: each, namespace } of after.root.declarations) {
      if (each !== '' && !this.#bound.has(namespace)) this.#bound.set(namespace, each);
    }
  }

  /** How long the instructions are so far. */
  get length(): number {
    return this.#instructions.length;
  }

  /** Whether it was too much: then it is no delta. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether an element has an address that no select may be: too long, or of too many steps or parts. */
  get isUnreadable(): boolean {
    return this.#isUnreadable;
  }

  /** How many instructions there are so far. */
  get count(): number {
    return this.#count;
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
    const name = `${this.#prefix}:${kind}`;
    const writer = this.#instructions;
    writer.open(name);
    writer.attribute('select', path);
    if (nodes.length === 0) writer.endEmpty();
    else {
      const preserve = hasSeveralBlanks(nodes);
      if (preserve) writer.attribute('xml:space', 'preserve');
      writer.endOpen();
      writeTemplate(writer, this.#settled(nodes), { prefix: this.#prefix, preserve });
      writer.close(name);
    }
    this.#added(path);
  }

  /** Adds the attributes as new ones of the element at the path. */
  appendAttributes(path: string, attributes: readonly XmlAttribute[]): void {
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
    this.#added(path);
  }

  /** The whole delta. */
  finish(): string {
    const body = this.#instructions.finish();
    const used: XmlDeclaration[] = [];
    for (const [namespace, prefix] of this.#bound) {
      if (namespace === XUPDATE_NAMESPACE || body.includes(`${prefix}:`)) used.push({ prefix, namespace });
    }
    const root = `${this.#prefix}:modifications`;
    return `<${root} version="1.0"${writtenDeclarations(used)}>${body}</${root}>`;
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

  /** Nodes with the declarations that their names need. */
  #settled(nodes: readonly XmlNode[]): readonly XmlNode[] {
    const destination = { scope: this.#scope(), count: ignore };
    return nodes.map((node) => (node.kind === 'element' ? settleNode(node, destination, 0) : node));
  }

  #added(path: string): void {
    this.#count++;
    this.#isUnreadable ||= !isSelect(path);
    const { length } = this.#instructions;
    if (length <= this.#nextLook) return;
    this.#nextLook = length * 2;
    if (!this.#isTooMuch(this)) return;
    this.#isFull = true;
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

// Small enough that what was written in vain costs nothing, and large enough that few deltas are looked at.
const FIRST_LOOK = 262_144;

function never(): boolean {
  return false;
}

function ignore(): void {
  // What is written here is counted by whoever applies it.
}
