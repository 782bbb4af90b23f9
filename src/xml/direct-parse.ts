import { rememberDeclarations } from './declarations.ts';
import type { XmlLimits } from './limits.ts';
import { NameTable } from './name-table.ts';
import { declarationFault, NamespaceScope } from './namespace-scope.ts';
import type { QualifiedName } from './names.ts';
import { decodeReferences } from './references.ts';
import type {
  XmlAttribute,
  XmlDeclaration,
  XmlDocument,
  XmlDocumentChild,
  XmlElement,
  XmlNode,
  XmlText,
} from './tree.ts';
import { NOTHING } from './tree.ts';

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const EXCLAMATION = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

const UNUSUAL = /[\0-\x08\x0B-\x1F\uD800-\uDFFF\uFFFE\uFFFF]/;
/** What is no character of XML (XML 1.0, section 2.2). */
const FORBIDDEN = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const DECLARATION = /<\?xml[ \t\n]+version="1\.0"(?:[ \t\n]+encoding="[A-Za-z][A-Za-z0-9._-]*")?[ \t\n]*\?>/y;
const INSTRUCTION = /<\?([A-Za-z_][A-Za-z0-9_.-]*)(?:[ \t\n]+([^?]*))?\?>/y;

const MOST_SHARED = 64;

// Remembers names only, so that reading one document does not change what another one is.
const names = new NameTable();

/** An element whose end has not been read. */
type OpenElement = { -readonly [Field in keyof XmlElement]: XmlElement[Field] };

/**
 * The tree of a document, by one walk from tag to tag. Undefined for what is not well-formed, beyond a limit, or rare (names and instructions beyond the usual, a
 * DOCTYPE): that is judged by the parser. What it gives is what the parser would give, in a third of the time.
 */
export function parseDirectly(text: string, limits: XmlLimits): XmlDocument | undefined {
  const { maxOctets } = limits;
  // A UTF-16 unit is one to three octets.
  if (text.length * 3 > maxOctets && (text.length > maxOctets || Buffer.byteLength(text) > maxOctets)) return undefined;
  if (!UNUSUAL.test(text)) return new DirectParse(text, limits).document();
  if (FORBIDDEN.test(text)) return undefined;
  // XML 1.0, section 2.11.
  return new DirectParse(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text, limits).document();
}

/** One walk over a text. Owns the place that it has come to, the elements that are open, and what waits for their end. */
class DirectParse {
  readonly #text: string;
  readonly #limits: XmlLimits;
  readonly #hasSections: boolean;
  readonly #hasTabs: boolean;
  readonly #open: OpenElement[] = [];
  readonly #firsts: number[] = [];
  // Nodes wait on one stack until their element closes, so that each list of children is made once, in its exact size.
  readonly #waiting: XmlNode[] = [];
  readonly #scratch: XmlAttribute[] = [];
  /** The blank text of each length that was read last. */
  readonly #blanks: (XmlText | undefined)[] = [];
  readonly #scope = new NamespaceScope();
  #defaultNamespace = '';
  #declaredInside: Set<string> | undefined;
  #root: XmlElement | undefined;
  #count = 0;
  #nodes = 0;
  #at = 0;
  // The next of each from where the walk is, or the end of the text.
  #less: number;
  #ampersand: number;
  #lineFeed: number;

  constructor(text: string, limits: XmlLimits) {
    this.#text = text;
    this.#limits = limits;
    this.#hasSections = text.includes(']]>');
    this.#hasTabs = text.includes('\t');
    this.#less = indexOrEnd(text, '<', 0);
    this.#ampersand = indexOrEnd(text, '&', 0);
    this.#lineFeed = indexOrEnd(text, '\n', 0);
  }

  document(): XmlDocument | undefined {
    const text = this.#text;
    this.#at = match(DECLARATION, text, 0)?.[0].length ?? 0;
    for (;;) {
      if (this.#less < this.#at) this.#less = indexOrEnd(text, '<', this.#at);
      const less = this.#less;
      if (less > this.#at && !this.#characters(less)) return undefined;
      if (less === text.length) break;
      if (!this.#markup(less)) return undefined;
    }
    const root = this.#root;
    if (root === undefined || this.#open.length > 0 || this.#nodes > this.#limits.maxNodes) return undefined;
    const document: XmlDocument = { children: this.#waiting.slice(0, this.#count).filter(isDocumentChild), root };
    rememberDeclarations(document, this.#declaredInside);
    return document;
  }

  #markup(less: number): boolean {
    switch (this.#text.charCodeAt(less + 1)) {
      case SLASH:
        return this.#endTag(less + 2);
      case EXCLAMATION:
        return this.#comment(less) || this.#section(less);
      case QUESTION:
        return this.#instruction(less);
      default:
        return this.#startTag(less + 1);
    }
  }

  /** Characters up to the next `<`. */
  #characters(end: number): boolean {
    if (this.#sharedBlank(end)) return true;
    const written = this.#text.slice(this.#at, end);
    this.#at = end;
    if (this.#open.length === 0) return /^[ \t\n]*$/.test(written);
    if (this.#hasSections && written.includes(']]>')) return false;
    const text = this.#ampersand < end ? this.#decoded(written, end) : written;
    if (text === undefined) return false;
    this.#addText(text);
    return true;
  }

  // The indentation of a document is half of its nodes: what is the same is one.
  #sharedBlank(end: number): boolean {
    const length = end - this.#at;
    if (length > MOST_SHARED || this.#text.charCodeAt(this.#at) !== LINE_FEED || this.#hasSections) return false;
    let blank = this.#blanks[length];
    if (blank === undefined || !this.#text.startsWith(blank.text, this.#at)) {
      const text = this.#text.slice(this.#at, end);
      if (!/^[ \t\n]*$/.test(text)) return false;
      this.#blanks[length] = blank = { kind: 'text', text };
    }
    this.#at = end;
    if (this.#open.length > 0) this.#add(blank);
    return true;
  }

  #addText(text: string): void {
    const before = this.#hasSections ? this.#waiting[this.#count - 1] : undefined;
    if (before?.kind !== 'text' || this.#firsts.at(-1) === this.#count) {
      this.#add({ kind: 'text', text });
      return;
    }
    this.#nodes++;
    this.#waiting[this.#count - 1] = { kind: 'text', text: before.text + text };
  }

  /** What the written characters mean. */
  #decoded(written: string, end: number): string | undefined {
    this.#ampersand = indexOrEnd(this.#text, '&', end);
    return decodeReferences(written);
  }

  #startTag(start: number): boolean {
    const text = this.#text;
    const name = names.read(text, start);
    if (name === undefined || (this.#open.length === 0 && this.#root !== undefined)) return false;
    this.#at = names.end;
    this.#less = indexOrEnd(text, '<', start);
    let code = text.charCodeAt(this.#at);
    const element: OpenElement = {
      kind: 'element',
      name: name.name,
      prefix: name.prefix,
      local: name.local,
      namespace: this.#defaultNamespace,
      attributes: NOTHING,
      declarations: NOTHING,
      children: NOTHING,
    };
    if (code !== GREATER) {
      if (code !== SLASH && !this.#attributes(element)) return false;
      code = text.charCodeAt(this.#at);
    }
    if (name.prefix !== '') {
      const namespace = this.#scope.resolve(name.prefix);
      if (namespace === undefined) return false;
      element.namespace = namespace;
    }
    this.#open.push(element);
    this.#firsts.push(this.#count);
    if (this.#open.length > this.#limits.maxDepth) return false;
    if (code === SLASH) {
      this.#at++;
      this.#close();
    }
    return this.#take(GREATER);
  }

  /** Ends before the `>` or `/>`. */
  #attributes(element: OpenElement): boolean {
    const text = this.#text;
    const attributes = this.#scratch;
    let declarations: XmlDeclaration[] | undefined;
    let declared = 0;
    let count = 0;
    let prefixed = 0;
    for (let hasBlank = this.#blank(); ; hasBlank = this.#blank()) {
      const code = text.charCodeAt(this.#at);
      if (code === GREATER || code === SLASH) break;
      const name = hasBlank ? names.read(text, this.#at) : undefined;
      const value = name && this.#value();
      if (name === undefined || value === undefined) return false;
      if (name.prefix === 'xmlns' || name.name === 'xmlns') {
        const prefix = name.prefix === '' ? '' : name.local;
        declared++;
        if (declarationFault(prefix, value) !== undefined) return false;
        if (declarations?.some((each) => each.prefix === prefix) === true) return false;
        if (prefix !== 'xml') (declarations ??= []).push({ prefix, namespace: value });
        else if (declared > 1) return false;
        continue;
      }
      if (name.prefix !== '') prefixed++;
      for (let at = 0; at < count; at++) if (attributes[at]?.name === name.name) return false;
      attributes[count++] = attributeOf(name, '', value);
    }
    if (count + declared > this.#limits.maxAttributes) return false;
    if (declarations !== undefined) this.#declare(element, declarations);
    if (count > 0) element.attributes = attributes.slice(0, count);
    if (prefixed === 0) return true;
    const resolved = this.#resolved(element.attributes);
    if (resolved !== undefined) element.attributes = resolved;
    return resolved !== undefined;
  }

  #declare(element: OpenElement, declarations: readonly XmlDeclaration[]): void {
    element.declarations = declarations;
    if (this.#open.length > 0) for (const { prefix } of declarations) (this.#declaredInside ??= new Set()).add(prefix);
    this.#scope.enter(declarations);
    this.#defaultNamespace = this.#scope.resolve('') ?? '';
    element.namespace = this.#defaultNamespace;
  }

  /** Attributes with the namespaces of their prefixes. */
  #resolved(attributes: readonly XmlAttribute[]): readonly XmlAttribute[] | undefined {
    const resolved: XmlAttribute[] = [];
    for (const attribute of attributes) {
      const namespace = attribute.prefix === '' ? '' : this.#scope.resolve(attribute.prefix);
      if (namespace === undefined) return undefined;
      const { local } = attribute;
      if (namespace !== '' && resolved.some((each) => each.local === local && each.namespace === namespace))
        return undefined;
      resolved.push(namespace === '' ? attribute : attributeOf(attribute, namespace, attribute.value));
    }
    return resolved;
  }

  /** Goes from behind an attribute's name to behind its value. */
  #value(): string | undefined {
    const text = this.#text;
    this.#at = names.end;
    if (text.charCodeAt(this.#at) !== EQUALS) this.#blank();
    if (!this.#take(EQUALS)) return undefined;
    let quote = text.charCodeAt(this.#at);
    if (quote !== QUOTE && this.#blank()) quote = text.charCodeAt(this.#at);
    if (quote !== QUOTE && quote !== APOSTROPHE) return undefined;
    const start = this.#at + 1;
    const end = text.indexOf(quote === QUOTE ? '"' : "'", start);
    if (end === -1 || end > this.#less) return undefined;
    this.#at = end + 1;
    let written = text.slice(start, end);
    if (this.#lineFeed < start) this.#lineFeed = indexOrEnd(text, '\n', start);
    // XML 1.0, section 3.3.3.
    if (this.#lineFeed < end || this.#hasTabs) written = written.replace(/[\t\n]/g, ' ');
    return this.#ampersand < end ? this.#decoded(written, end) : written;
  }

  #endTag(start: number): boolean {
    const name = this.#open.at(-1)?.name;
    if (name === undefined || !this.#text.startsWith(name, start)) return false;
    this.#at = start + name.length;
    this.#close();
    if (this.#text.charCodeAt(this.#at) !== GREATER) this.#blank();
    return this.#take(GREATER);
  }

  #close(): void {
    const element = this.#open.pop();
    const first = this.#firsts.pop();
    if (element === undefined || first === undefined) return;
    if (first !== this.#count) element.children = this.#waiting.slice(first, this.#count);
    this.#count = first;
    if (element.declarations.length > 0) {
      this.#scope.leave();
      this.#defaultNamespace = this.#scope.resolve('') ?? '';
    }
    if (this.#open.length === 0) this.#root = element;
    this.#add(element);
  }

  #comment(less: number): boolean {
    const text = this.#text;
    if (!text.startsWith('<!--', less)) return false;
    const end = text.indexOf('--', less + 4);
    if (end === -1) return false;
    this.#add({ kind: 'comment', text: text.slice(less + 4, end) });
    this.#at = end + 2;
    return this.#passed(GREATER);
  }

  #section(less: number): boolean {
    const text = this.#text;
    const end = text.indexOf(']]>', less);
    if (this.#open.length === 0 || !text.startsWith('<![CDATA[', less) || end === -1) return false;
    if (end > less + 9) this.#addText(text.slice(less + 9, end));
    this.#at = end + 2;
    return this.#passed(GREATER);
  }

  #instruction(less: number): boolean {
    const found = match(INSTRUCTION, this.#text, less);
    const target = found?.[1];
    if (found === undefined || target === undefined || target.toLowerCase() === 'xml') return false;
    this.#add({ kind: 'processing-instruction', target, text: found[2] ?? '' });
    this.#at = less + found[0].length - 1;
    return this.#passed(GREATER);
  }

  #add(node: XmlNode): void {
    this.#nodes++;
    this.#waiting[this.#count++] = node;
  }

  /** Takes a character behind which references may stand that are none. */
  #passed(code: number): boolean {
    if (this.#ampersand < this.#at) this.#ampersand = indexOrEnd(this.#text, '&', this.#at);
    return this.#take(code);
  }

  #take(code: number): boolean {
    return this.#text.charCodeAt(this.#at++) === code;
  }

  /** Passes over white space; whether there was any. */
  #blank(): boolean {
    const start = this.#at;
    for (let code = this.#text.charCodeAt(start); code === SPACE || code === LINE_FEED || code === 0x09;)
      code = this.#text.charCodeAt(++this.#at);
    return this.#at > start;
  }
}

function attributeOf({ name, prefix, local }: QualifiedName, namespace: string, value: string): XmlAttribute {
  return { name, prefix, local, namespace, value };
}

function indexOrEnd(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function isDocumentChild(node: XmlNode): node is XmlDocumentChild {
  return node.kind !== 'text';
}
