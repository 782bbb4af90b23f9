import type { XmlLimits } from './limits.ts';
import { plainNameEnd } from './plain-names.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from './tree.ts';
import { NOTHING } from './tree.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const GREATER = 0x3e;

/** What is no character of XML, and carriage returns, which a reader has to turn into line feeds (XML 1.0, sections 2.2 and 2.11). */
const unusual = /[^\t\n\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]|\]\]>/u;
const unknownReference = /&(?!(?:amp|lt|gt|quot|apos|#xD|#x9|#xA);)/;
const references: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
  ['&#xD;', '\r'],
  ['&#x9;', '\t'],
  ['&#xA;', '\n'],
]);

/**
 * The tree of a document that is plain: no prefixes and declarations, comments, instructions or sections, names in ASCII. Undefined for any other text, well-formed or
 * not, and for one over a limit: those are the parser's. What it gives is what the parser would give, in a third of the time.
 */
export function parsePlainXml(text: string, limits: XmlLimits): XmlDocument | undefined {
  // A UTF-16 unit is at most three octets; the parser counts exactly.
  if (text.length * 3 > limits.maxOctets || unusual.test(text)) return undefined;
  const root = new PlainParse(text, limits).root();
  return root && { children: [root], root };
}

/** One walk over a text. Owns the place that it has come to, and what waits for the end of its element. */
class PlainParse {
  readonly #text: string;
  readonly #limits: XmlLimits;
  readonly #names: string[] = [];
  readonly #attributes: (readonly XmlAttribute[])[] = [];
  readonly #firsts: number[] = [];
  // Nodes wait on one stack, so that each list of children is made once, in its exact size.
  readonly #waiting: XmlNode[] = [];
  #count = 0;
  #nodes = 0;
  #at = 0;

  constructor(text: string, limits: XmlLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  root(): XmlElement | undefined {
    const text = this.#text;
    do {
      const less = text.indexOf('<', this.#at);
      if (less === -1 || (less > this.#at && !this.#characters(less))) return undefined;
      const isEnd = text.charCodeAt(less + 1) === SLASH;
      if (isEnd ? !this.#endTag(less + 2) : !this.#startTag(less + 1)) return undefined;
    } while (this.#names.length > 0);
    const [root] = this.#waiting;
    const isWhole = this.#at === text.length && this.#nodes <= this.#limits.maxNodes;
    return isWhole && root?.kind === 'element' ? root : undefined;
  }

  #characters(end: number): boolean {
    const text = decoded(this.#text.slice(this.#at, end));
    if (text === undefined || this.#names.length === 0) return false;
    this.#wait({ kind: 'text', text });
    return true;
  }

  #startTag(start: number): boolean {
    const text = this.#text;
    const end = plainNameEnd(text, start);
    if (end === start || this.#names.length === this.#limits.maxDepth) return false;
    this.#at = end;
    const attributes = text.charCodeAt(end) === SPACE ? this.#readAttributes() : NOTHING;
    if (attributes === undefined) return false;
    this.#names.push(text.slice(start, end));
    this.#attributes.push(attributes);
    this.#firsts.push(this.#count);
    if (text.charCodeAt(this.#at) === SLASH) {
      this.#at++;
      this.#end();
    }
    return this.#take(GREATER);
  }

  /** Undefined when one of them is not plain. */
  #readAttributes(): readonly XmlAttribute[] | undefined {
    const text = this.#text;
    const attributes: XmlAttribute[] = [];
    while (text.charCodeAt(this.#at) === SPACE) {
      const start = this.#at + 1;
      const end = plainNameEnd(text, start);
      const name = text.slice(start, end);
      this.#at = end;
      if (end === start || !this.#take(EQUALS) || !this.#take(QUOTE)) return undefined;
      const close = text.indexOf('"', this.#at);
      const value = decoded(text.slice(this.#at, close));
      if (close === -1 || value === undefined || isRaw(text.slice(this.#at, close))) return undefined;
      if (name.startsWith('xmlns') || attributes.some((other) => other.name === name)) return undefined;
      attributes.push({ name, prefix: '', local: name, namespace: '', value });
      this.#at = close + 1;
    }
    return attributes.length > this.#limits.maxAttributes ? undefined : attributes;
  }

  #endTag(start: number): boolean {
    const name = this.#names.at(-1);
    if (name === undefined || !this.#text.startsWith(name, start)) return false;
    this.#at = start + name.length;
    this.#end();
    return this.#take(GREATER);
  }

  #end(): void {
    const name = this.#names.pop() ?? '';
    const attributes = this.#attributes.pop() ?? NOTHING;
    const first = this.#firsts.pop() ?? 0;
    const children = first === this.#count ? NOTHING : this.#waiting.slice(first, this.#count);
    this.#count = first;
    const resolved = { name, prefix: '', local: name, namespace: '' };
    this.#wait({ kind: 'element', ...resolved, attributes, declarations: NOTHING, children });
  }

  #wait(node: XmlNode): void {
    this.#nodes++;
    this.#waiting[this.#count++] = node;
  }

  #take(code: number): boolean {
    return this.#text.charCodeAt(this.#at++) === code;
  }
}

/** The characters that are meant; undefined when there is a reference that is not plain. */
function decoded(written: string): string | undefined {
  if (!written.includes('&')) return written;
  if (unknownReference.test(written)) return undefined;
  return written.replace(/&[^;]+;/g, (reference) => references.get(reference) ?? reference);
}

/** Whether an attribute's value has characters that cannot stand there, or are made blanks (XML 1.0, section 3.3.3). */
function isRaw(value: string): boolean {
  return value.includes('<') || value.includes('\n') || value.includes('\t');
}
