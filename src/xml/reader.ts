import { SaxesParser } from 'saxes';
import { ConcordError, ProtocolError } from '../errors/concord-error.ts';
import type { XmlLimits } from './limits.ts';
import { declarationFault, NamespaceScope } from './namespace-scope.ts';
import type { QualifiedName } from './names.ts';
import { parseQualifiedName } from './names.ts';
import type { XmlAttribute, XmlDeclaration } from './tree.ts';
import { NOTHING } from './tree.ts';

/** An element's start as read: names resolved, attributes and declarations in written order. */
export interface XmlStart extends QualifiedName {
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly declarations: readonly XmlDeclaration[];
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/** Who listens to a reading. Characters come in pieces, CDATA sections among them; those outside the root do not come at all. */
export interface XmlEvents {
  readonly open: (start: XmlStart) => void;
  readonly close: () => void;
  readonly characters: (text: string) => void;
  readonly comment: (text: string) => void;
  readonly instruction: (target: string, text: string) => void;
}

type Parser = SaxesParser<{ xmlns: false; forceXMLVersion: true; defaultXMLVersion: '1.0' }>;

interface Written {
  readonly name: string;
  readonly value: string;
}

/** Counts what the limits bound; owns the counters. */
class LimitWatch {
  readonly #limits: XmlLimits;
  #nodes = 0;
  #attributes = 0;
  depth = 0;

  constructor(limits: XmlLimits) {
    this.#limits = limits;
  }

  node(): void {
    if (++this.#nodes > this.#limits.maxNodes)
      throw exceeded(`more than ${this.#limits.maxNodes} nodes (xml.maxNodes)`);
  }

  start(): void {
    this.node();
    this.#attributes = 0;
    if (++this.depth > this.#limits.maxDepth)
      throw exceeded(`elements nested deeper than ${this.#limits.maxDepth} (xml.maxDepth)`);
  }

  attribute(): void {
    if (++this.#attributes > this.#limits.maxAttributes) {
      throw exceeded(`an element with more than ${this.#limits.maxAttributes} attributes (xml.maxAttributes)`);
    }
  }

  size(text: string): void {
    const { maxOctets } = this.#limits;
    // A UTF-16 unit is one to three octets, so that only long documents are counted.
    if (text.length * 3 <= maxOctets) return;
    if (text.length > maxOctets || Buffer.byteLength(text, 'utf8') > maxOctets)
      throw exceeded(`more than ${maxOctets} octets (xml.maxOctets)`);
  }
}

function exceeded(what: string): ProtocolError {
  return new ProtocolError('CON-X002', `The document has ${what}.`);
}

/** Resolves the names of one reading. Names repeat, so that each is taken apart once. */
class NameReader {
  readonly scope = new NamespaceScope();
  readonly #names = new Map<string, QualifiedName>();
  readonly #parser: Parser;
  // A grown array keeps room for seventeen; what goes into the tree is cut from this one to its size.
  readonly #scratch: XmlAttribute[] = [];

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  fail(message: string): never {
    this.#parser.fail(message);
    throw new ProtocolError('CON-X001', message);
  }

  name(name: string): QualifiedName {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const parsed = parseQualifiedName(name) ?? this.fail(`malformed name: ${name}.`);
    this.#names.set(name, parsed);
    return parsed;
  }

  start(name: string, written: readonly Written[], line: number): XmlStart {
    const declarations = written.length === 0 ? NOTHING : this.#declarations(written);
    this.scope.enter(declarations);
    const known = this.name(name);
    const namespace = this.#namespace(known.prefix);
    return {
      name: known.name,
      prefix: known.prefix,
      local: known.local,
      namespace,
      attributes: this.#attributes(written),
      declarations,
      line,
    };
  }

  #namespace(prefix: string): string {
    if (prefix === 'xmlns') this.fail('the prefix xmlns must not be used.');
    return this.scope.resolve(prefix) ?? this.fail(`unbound namespace prefix: ${prefix}.`);
  }

  #declarations(written: readonly Written[]): readonly XmlDeclaration[] {
    let declarations: XmlDeclaration[] | undefined;
    for (const { name, value } of written) {
      if (!name.startsWith('xmlns')) continue;
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
      const prefix = name === 'xmlns' ? '' : this.name(name).local;
      const fault = declarationFault(prefix, value);
      if (fault !== undefined) this.fail(`${fault}.`);
      if (prefix !== 'xml') (declarations ??= []).push({ prefix, namespace: value });
    }
    return declarations ?? NOTHING;
  }

  #attributes(written: readonly Written[]): readonly XmlAttribute[] {
    if (written.length === 0) return NOTHING;
    const attributes = this.#scratch;
    let count = 0;
    let prefixed = 0;
    for (const { name, value } of written) {
      if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
      const known = this.name(name);
      const { prefix, local } = known;
      if (prefix !== '') prefixed++;
      attributes[count++] = {
        name: known.name,
        prefix,
        local,
        namespace: prefix === '' ? '' : this.#namespace(prefix),
        value,
      };
    }
    if (count === 0) return NOTHING;
    const exact = attributes.slice(0, count);
    if (prefixed > 1) this.#refuseDoubles(exact);
    return exact;
  }

  // Equal names as written are refused by saxes; here those that are equal through two prefixes of one namespace.
  #refuseDoubles(attributes: readonly XmlAttribute[]): void {
    const seen = new Set<string>();
    for (const { namespace, local } of attributes) {
      const expanded = `${namespace} ${local}`;
      if (seen.has(expanded)) this.fail(`duplicate attribute: ${local} of namespace ${namespace}.`);
      seen.add(expanded);
    }
  }
}

// Without a prototype, or `&constructor;` would be an entity: saxes looks names up in a plain object (saxes 6.0.0).
function entities(): Record<string, string> {
  return Object.assign(Object.create(null) as Record<string, string>, {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
  });
}

const LONE_SURROGATE = /[\uD800-\uDFFF]/u;

/**
 * Reads a document and tells `events`. Strict XML 1.0 with namespaces; nothing is known of the document until the call returns.
 * @throws ProtocolError `CON-X001` not well-formed (`line:column: what`), `CON-X002` beyond a limit, `CON-X003` a DOCTYPE
 */
export function readXml(text: string, limits: XmlLimits, events: XmlEvents): void {
  const parser: Parser = new SaxesParser({ xmlns: false, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  const watch = new LimitWatch(limits);
  watch.size(text);
  parser.ENTITIES = entities();
  try {
    // saxes 6.0.0 joins a lone surrogate with whatever follows it, a `<` included.
    if (LONE_SURROGATE.test(text)) parser.fail('half of a surrogate pair.');
    listen(parser, watch, events);
    listenToRest(parser, { text, watch, events });
    parser.write(text).close();
  } catch (cause) {
    if (cause instanceof ConcordError || !(cause instanceof Error)) throw cause;
    // Without a handler for errors, saxes throws them.
    throw new ProtocolError('CON-X001', `The document is not well-formed XML at ${cause.message}`);
  }
}

/**
 * Sets the handlers that every document needs. At most six may be set on a parser of saxes 6.0.0: with a seventh the engine keeps the parser's fields in a hash
 * table, and everything takes three times as long.
 */
function listen(parser: Parser, watch: LimitWatch, events: XmlEvents): void {
  const names = new NameReader(parser);
  let written: Written[] = [];
  let line = 1;
  parser.on('opentagstart', () => {
    watch.start();
    ({ line } = parser);
    if (written.length > 0) written = [];
  });
  parser.on('attribute', (attribute) => {
    watch.attribute();
    written.push(attribute);
  });
  parser.on('opentag', ({ name }) => {
    events.open(names.start(name, written, line));
  });
  parser.on('closetag', () => {
    watch.depth--;
    names.scope.leave();
    events.close();
  });
  parser.on('text', (characters) => {
    tellCharacters(characters, watch, events);
  });
}

interface Reading {
  readonly text: string;
  readonly watch: LimitWatch;
  readonly events: XmlEvents;
}

/** Sets handlers for what few documents have, where this one may have it. */
function listenToRest(parser: Parser, { text, watch, events }: Reading): void {
  if (text.includes('<![CDATA['))
    parser.on('cdata', (characters) => {
      tellCharacters(characters, watch, events);
    });
  if (text.includes('<!--'))
    parser.on('comment', (comment) => {
      watch.node();
      events.comment(comment);
    });
  if (text.includes('<?'))
    parser.on('processinginstruction', ({ target, body }) => {
      watch.node();
      if (target.includes(':')) parser.fail('a colon in the target of a processing instruction.');
      events.instruction(target, body);
    });
  if (text.includes('<!DOCTYPE'))
    parser.on('doctype', () => {
      throw new ProtocolError('CON-X003', 'The document has a DOCTYPE.');
    });
}

function tellCharacters(characters: string, watch: LimitWatch, events: XmlEvents): void {
  if (watch.depth === 0 || characters === '') return;
  watch.node();
  events.characters(characters);
}
