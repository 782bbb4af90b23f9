import type { MessageLimits } from '../limits.ts';
import { ProtocolError } from '../../errors/concord-error.ts';
import type { SettleElement, SyncMlElement } from './element.ts';
import { commandNames, isMetaFull } from './element-limits.ts';
import { devInfNamespace, metInfNamespace, syncMlNamespace } from './namespaces.ts';

const SPACE = 0x20;
const BANG = 0x21;
const SLASH = 0x2f;
const GREATER = 0x3e;

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const cdataStart = '<![CDATA[';
const cdataEnd = ']]>';
const namespaceStart = ' xmlns="';
const knownNamespaces: ReadonlySet<string> = new Set([syncMlNamespace, metInfNamespace, devInfNamespace]);

/** What is no character of XML, and carriage returns, which a reader has to turn into line feeds (XML 1.0, sections 2.2 and 2.11). */
const unusual = /[^\t\n\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const unknownReference = /&(?!(?:amp|lt|gt|quot|apos|#13);)/;
const references: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
  ['&#13;', '\r'],
]);

/** An element while it is being read. */
interface OpenElement {
  readonly name: string;
  /** Where its content begins. */
  readonly start: number;
  text: string;
  isMarkup: boolean;
  children: readonly SyncMlElement[];
}

/** How a text is read. */
interface Reading {
  readonly limits: MessageLimits;
  readonly readByParser: ReadByParser;
  readonly settle?: SettleElement | undefined;
}

/** Reads a text by the parser; undefined when the parser refuses it. */
type ReadByParser = (text: string, limits: MessageLimits) => SyncMlElement | undefined;

const noChildren: readonly SyncMlElement[] = [];

/**
 * The elements of a message that is written as Concord writes them: SyncML's own, without prefixes. Undefined for any other text, well-formed or not, and for one over
 * a limit: those are the parser's. What it gives is what the parser would give, in a fifth of the time; the parser is asked for markup within Data, of which there is
 * little. Each Item is given to `settle` as soon as it has ended, so that the elements of a large message are never there all at a time; where that refuses one, the
 * text is the parser's, too.
 */
export function readPlainElements(text: string, reading: Reading): SyncMlElement | undefined {
  if (unusual.test(text)) return undefined;
  try {
    return new PlainReader(text, reading).read();
  } catch (cause) {
    if (cause instanceof ProtocolError) return undefined;
    throw cause;
  }
}

/** One walk over a text. Owns the place that it has come to, and the elements that are open. */
class PlainReader {
  readonly #text: string;
  readonly #limits: MessageLimits;
  readonly #readByParser: ReadByParser;
  readonly #settle: SettleElement | undefined;
  readonly #open: OpenElement[] = [];
  #root: SyncMlElement | undefined;
  #current: OpenElement | undefined;
  #at: number;
  #elements = 0;
  #commands = 0;

  constructor(text: string, { limits, readByParser, settle }: Reading) {
    this.#text = text;
    this.#limits = limits;
    this.#readByParser = readByParser;
    this.#settle = settle;
    this.#at = text.startsWith(declaration) ? declaration.length : 0;
  }

  read(): SyncMlElement | undefined {
    const text = this.#text;
    do {
      const less = text.indexOf('<', this.#at);
      if (less === -1 || (less > this.#at && !this.#characters(less))) return undefined;
      if (!this.#markup(less)) return undefined;
    } while (this.#current !== undefined);
    return this.#at === text.length ? this.#root : undefined;
  }

  /** Takes a tag or a CDATA section. */
  #markup(less: number): boolean {
    switch (this.#text.charCodeAt(less + 1)) {
      case SLASH:
        return this.#endTag(less + 2);
      case BANG:
        return this.#section(less);
      default:
        // A Data that is the root is an element like others.
        return this.#current?.name === 'Data' && this.#open.length > 1
          ? this.#dataMarkup(this.#current)
          : this.#startTag(less + 1);
    }
  }

  /** Takes all that a Data holds. */
  #dataMarkup(data: OpenElement): boolean {
    const text = this.#text;
    const end = text.indexOf('</Data>', data.start);
    const written = text.slice(data.start, end);
    // Where the Data ends is not known before the parser has been there.
    if (end === -1 || /<(?:Data[\s/>]|[!?])/.test(written)) return false;
    const maxDepth = this.#limits.maxDepth - this.#open.length + 2;
    const alone = `<SyncML xmlns="${syncMlNamespace}"><Data>${written}</Data></SyncML>`;
    const read = this.#readByParser(alone, { ...this.#limits, maxDepth })?.children[0];
    if (read === undefined) return false;
    data.text = read.text;
    data.isMarkup = read.isMarkup;
    this.#at = end;
    return true;
  }

  #characters(end: number): boolean {
    const current = this.#current;
    const written = this.#text.slice(this.#at, end);
    if (current === undefined || written.includes(cdataEnd)) return false;
    if (!written.includes('&')) current.text += written;
    else if (unknownReference.test(written)) return false;
    else current.text += written.replace(/&[^;]+;/g, (reference) => references.get(reference) ?? reference);
    return true;
  }

  #section(less: number): boolean {
    const text = this.#text;
    const end = text.indexOf(cdataEnd, less + cdataStart.length);
    if (this.#current === undefined || end === -1 || !text.startsWith(cdataStart, less)) return false;
    this.#current.text += text.slice(less + cdataStart.length, end);
    this.#at = end + cdataEnd.length;
    return true;
  }

  #startTag(start: number): boolean {
    const text = this.#text;
    const end = nameEnd(text, start);
    const name = text.slice(start, end);
    if (end === start || !this.#admits(name)) return false;
    this.#at = end;
    if (text.charCodeAt(end) === SPACE && !this.#namespace()) return false;
    const isEmpty = text.charCodeAt(this.#at) === SLASH;
    if (isEmpty) this.#at++;
    if (text.charCodeAt(this.#at++) !== GREATER) return false;
    this.#begin(name);
    if (isEmpty) this.#end();
    return true;
  }

  #admits(name: string): boolean {
    const { maxElements, maxCommands, maxDepth } = this.#limits;
    const { length } = this.#open;
    // A Filter is itself kept as text: that takes the parser.
    const isMarkup = name === 'Filter';
    const isFull = this.#current !== undefined && isMetaFull(this.#current, this.#limits);
    if (commandNames.has(name)) this.#commands++;
    return (
      !isMarkup && !isFull && ++this.#elements <= maxElements && this.#commands <= maxCommands && length < maxDepth
    );
  }

  #namespace(): boolean {
    const text = this.#text;
    const start = this.#at + namespaceStart.length;
    const end = text.indexOf('"', start);
    if (end === -1 || !text.startsWith(namespaceStart, this.#at) || this.#limits.maxAttributes < 1) return false;
    this.#at = end + 1;
    return knownNamespaces.has(text.slice(start, end));
  }

  #begin(name: string): void {
    const element: OpenElement = { name, start: this.#at, text: '', isMarkup: false, children: noChildren };
    const parent = this.#current;
    if (parent === undefined) this.#root = element;
    else if (parent.children === noChildren) parent.children = [element];
    // Only ever extended here, and `noChildren` is replaced before: nobody else sees the list change.
    else (parent.children as SyncMlElement[]).push(element);
    this.#open.push(element);
    this.#current = element;
  }

  #end(): void {
    const ended = this.#open.pop();
    const parent = this.#open.at(-1);
    this.#current = parent;
    if (this.#settle === undefined || ended?.name !== 'Item' || parent === undefined) return;
    // It is the last of them: nothing has begun since. Only ever changed here, as above.
    (parent.children as SyncMlElement[])[parent.children.length - 1] = this.#settle(ended);
  }

  #endTag(start: number): boolean {
    const text = this.#text;
    const name = this.#current?.name ?? '';
    const end = start + name.length;
    if (name === '' || !text.startsWith(name, start) || text.charCodeAt(end) !== GREATER) return false;
    this.#at = end + 1;
    this.#end();
    return true;
  }
}

/** Behind the ASCII letters that begin at `start`: SyncML's names have no others. */
function nameEnd(text: string, start: number): number {
  let at = start;
  for (; ; at++) {
    // Sets the bit in which small and capital letters differ.
    const letter = text.charCodeAt(at) | 0x20;
    if (letter < 0x61 || letter > 0x7a) return at;
  }
}
