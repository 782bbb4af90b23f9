import { SaxesParser } from 'saxes';
import type { SaxesTagNS } from 'saxes';
import { ConcordError, ProtocolError } from '../../errors/concord-error.ts';
import type { MessageLimits } from '../limits.ts';
import type { SettleElement, SyncMlElement } from './element.ts';
import { commandNames, isMetaFull } from './element-limits.ts';
import { escapeText } from './escape.ts';
import { MarkupWriter } from './markup-writer.ts';
import { isSyncMlNamespace } from './namespaces.ts';
import { readPlainElements } from './plain-elements.ts';

/** An element that is still open. */
interface OpenElement {
  readonly name: string;
  text: string;
  isMarkup: boolean;
  children: readonly SyncMlElement[];
  readonly parent: OpenElement | undefined;
  /** The namespace declarations of its tag. */
  readonly ns: Readonly<Record<string, string>>;
}

const noChildren: readonly SyncMlElement[] = [];

/**
 * The elements of a SyncML or DevInf document, straight from the parser's events. Elements of foreign namespaces are left out with all that is
 * in them; what stands in Data (or is a Filter) is kept as text. `settle` may be given Items as they end.
 * @throws ProtocolError CON-X001 (not well-formed), CON-X002 (over a limit) or CON-X003 (DOCTYPE)
 */
export function readElements(text: string, limits: MessageLimits, settle?: SettleElement): SyncMlElement {
  if (text.length > limits.maxOctets || Buffer.byteLength(text, 'utf8') > limits.maxOctets)
    throw tooMuch('octets', limits.maxOctets);
  return readPlainElements(text, { limits, readByParser: tryAnyElements, settle }) ?? readAnyElements(text, limits);
}

/** As `readElements`, always by the parser; undefined for what that refuses. */
export function tryAnyElements(text: string, limits: MessageLimits): SyncMlElement | undefined {
  try {
    return readAnyElements(text, limits);
  } catch (cause) {
    if (cause instanceof ProtocolError) return undefined;
    throw cause;
  }
}

/** As `readElements`, always by the parser. */
export function readAnyElements(text: string, limits: MessageLimits): SyncMlElement {
  const reader = new ElementReader(limits);
  try {
    return reader.read(text);
  } catch (cause) {
    if (cause instanceof ConcordError) throw cause;
    throw new ProtocolError(
      'CON-X001',
      `the message is not well-formed XML: ${cause instanceof Error ? cause.message : ''}`,
      { cause },
    );
  }
}

/**
 * The state of one reading. At most six handlers are set on a parser of saxes 6.0 until markup is found in Data: with a seventh the engine keeps
 * the parser's fields in a hash table, and everything takes four times as long.
 */
class ElementReader {
  readonly #limits: MessageLimits;
  readonly #parser = new SaxesParser({ xmlns: true, position: false, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  #current: OpenElement | undefined;
  #root: SyncMlElement | undefined;
  #markup: MarkupWriter | undefined;
  #isMarkupKnown = false;
  #depth = 0;
  #elements = 0;
  #commands = 0;
  #attributes = 0;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
    this.#parser.on('doctype', () => {
      throw new ProtocolError('CON-X003', 'the message has a DOCTYPE');
    });
    this.#parser.on('attribute', () => {
      this.#attributes += 1;
      if (this.#attributes > limits.maxAttributes) throw tooMuch('attributes of one element', limits.maxAttributes);
    });
    this.#parser.on('opentag', (tag) => {
      this.#open(tag);
    });
    this.#parser.on('closetag', () => {
      this.#close();
    });
    const characters = (text: string): void => {
      this.#characters(text);
    };
    this.#parser.on('text', characters);
    this.#parser.on('cdata', characters);
  }

  read(text: string): SyncMlElement {
    this.#parser.write(text).close();
    if (this.#root === undefined) throw new ProtocolError('CON-X001', 'the message is empty');
    return this.#root;
  }

  #open(tag: SaxesTagNS): void {
    this.#attributes = 0;
    this.#depth += 1;
    if (this.#depth > this.#limits.maxDepth) throw tooMuch('levels of elements', this.#limits.maxDepth);
    if (this.#markup !== undefined) {
      this.#markup.open(tag);
      return;
    }
    if (this.#current?.name === 'Data' && this.#current.parent !== undefined) {
      this.#beginMarkup(tag, this.#current);
      return;
    }
    this.#openElement(tag);
    if (tag.local === 'Filter' && this.#current !== undefined) this.#beginMarkup(tag, this.#current);
  }

  #openElement(tag: SaxesTagNS): void {
    const name = tag.local;
    this.#elements += 1;
    if (this.#elements > this.#limits.maxElements) throw tooMuch('elements', this.#limits.maxElements);
    if (commandNames.has(name)) {
      this.#commands += 1;
      if (this.#commands > this.#limits.maxCommands) throw tooMuch('commands and items', this.#limits.maxCommands);
    }
    if (this.#current !== undefined && isMetaFull(this.#current, this.#limits))
      throw tooMuch('EMI tokens in one Meta', this.#limits.maxEmiTokens);
    const element: OpenElement = {
      name,
      text: '',
      isMarkup: false,
      children: noChildren,
      parent: this.#current,
      ns: tag.ns,
    };
    if (this.#current === undefined) this.#root = element;
    else if (isSyncMlNamespace(tag.uri)) addChild(this.#current, element);
    this.#current = element;
  }

  #close(): void {
    this.#depth -= 1;
    const markup = this.#markup;
    const current = this.#current;
    if (markup === undefined) {
      this.#current = current?.parent;
      return;
    }
    markup.close();
    if (markup.depth > 0 || current === undefined) return;
    this.#markup = undefined;
    current.text += markup.text;
    // A Filter is itself the markup, so that its end is also the end of its element; what is in Data leaves the Data open.
    if (current.name === 'Filter') this.#current = current.parent;
  }

  #characters(text: string): void {
    const current = this.#current;
    if (this.#markup !== undefined) this.#markup.characters(text);
    else if (current === undefined) return;
    else if (!current.isMarkup) current.text += text;
    else if (text.trim() !== '') current.text += escapeText(text);
  }

  #expectMarkup(): void {
    this.#isMarkupKnown = true;
    this.#parser.on('comment', (text) => this.#markup?.comment(text));
    this.#parser.on('processinginstruction', ({ target, body }) => this.#markup?.processingInstruction(target, body));
  }

  #beginMarkup(tag: SaxesTagNS, element: OpenElement): void {
    if (!element.isMarkup) {
      element.text = element.text.trim() === '' ? '' : escapeText(element.text);
      element.isMarkup = true;
    }
    if (!this.#isMarkupKnown) this.#expectMarkup();
    this.#markup = new MarkupWriter(bindingsAround(element));
    this.#markup.open(tag);
  }
}

function addChild(parent: OpenElement, child: SyncMlElement): void {
  // The list is only ever extended here, and `noChildren` is replaced before, so that nobody else sees it change.
  if (parent.children === noChildren) parent.children = [child];
  else (parent.children as SyncMlElement[]).push(child);
}

function bindingsAround(element: OpenElement): Map<string, string> {
  const bindings = new Map<string, string>();
  for (let outer: OpenElement | undefined = element; outer !== undefined; outer = outer.parent) {
    for (const prefix in outer.ns) if (!bindings.has(prefix)) bindings.set(prefix, outer.ns[prefix] ?? '');
  }
  return bindings;
}

function tooMuch(what: string, limit: number): ProtocolError {
  return new ProtocolError('CON-X002', `the message has more than ${String(limit)} ${what}`);
}
