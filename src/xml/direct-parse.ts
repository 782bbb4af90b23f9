import { forbiddenCharacter } from './characters.ts';
import { rememberFacts } from './document-facts.ts';
import type { XmlLimits } from './limits.ts';
import type { LeafTable } from './leaf-table.ts';
import { leafTableFor } from './leaf-table.ts';
import { NameTable } from './name-table.ts';
import { declarationFault, NamespaceScope } from './namespace-scope.ts';
import type { Versions } from './shared-elements.ts';
import { SharedElements } from './shared-elements.ts';
import { TextCursor } from './text-cursor.ts';
import type {
  XmlAttribute,
  XmlDeclaration,
  XmlDocument,
  XmlDocumentChild,
  XmlElement,
  XmlNode,
  XmlText,
} from './tree.ts';
import type { Life, ReadElement } from './parsed-nodes.ts';
import { lifeOf, readAttribute, readElement, readOnly, readText } from './parsed-nodes.ts';
import { NOTHING } from './tree.ts';

const LINE_FEED = 0x0a;
const EXCLAMATION = 0x21;
const SLASH = 0x2f;
const GREATER = 0x3e;
const QUESTION = 0x3f;

const UNUSUAL = /[\0-\x08\x0B-\x1F\uD800-\uDFFF\uFFFE\uFFFF]/;
const DECLARATION = /<\?xml[ \t\n]+version="1\.0"(?:[ \t\n]+encoding="[A-Za-z][A-Za-z0-9._-]*")?[ \t\n]*\?>/y;
const INSTRUCTION = /<\?([A-Za-z_][A-Za-z0-9_.-]*)(?:[ \t\n]+([^?]*))?\?>/y;
const MOST_SHARED = 64;

// Remembers names only, so that reading one document does not change what another one is.
const names = new NameTable();

/**
 * The tree of a document, by one walk from tag to tag. Undefined for what is not well-formed, beyond a limit, or rare (names and instructions beyond the usual, a
 * DOCTYPE): that is judged by the parser. What it gives is what the parser would give, in a third of the time.
 */
export function parseDirectly(text: string, limits: XmlLimits, versions: Versions = {}): XmlDocument | undefined {
  const { maxOctets } = limits;
  // A UTF-16 unit is one to three octets.
  if (text.length * 3 > maxOctets && (text.length > maxOctets || Buffer.byteLength(text) > maxOctets)) return undefined;
  if (!UNUSUAL.test(text)) return new DirectParse(text, limits, versions).document();
  if (forbiddenCharacter(text) !== undefined) return undefined;
  if (!text.includes('\r')) return new DirectParse(text, limits, versions).document();
  // XML 1.0, section 2.11. Places in the text are then other ones, and nothing is shared.
  return new DirectParse(text.replace(/\r\n?/g, '\n'), limits, {}).document();
}

/** One walk over a text. Owns the elements that are open, and what waits for their end. */
class DirectParse {
  readonly #cursor: TextCursor;
  readonly #limits: XmlLimits;
  readonly #open: ReadElement[] = [];
  readonly #firsts: number[] = [];
  // Nodes wait on one stack until their element closes, so that each list of children is made once, in its exact size.
  readonly #waiting: XmlNode[] = [];
  readonly #scratch: XmlAttribute[] = [];
  /** The blank text of each length that was read last. */
  readonly #blanks: (XmlText | undefined)[] = [];
  /** The one attribute that an element of each name had last. */
  readonly #attributesOf = new Map<string, readonly XmlAttribute[]>();
  readonly #scope = new NamespaceScope();
  #defaultNamespace = '';
  #declaredInside: Set<string> | undefined;
  #root: XmlElement | undefined;
  #count = 0;
  #nodes = 0;
  #depth = 0;
  /** The most that one element has, declarations included. */
  #mostAttributes = 0;

  readonly #sharing: SharedElements | undefined;
  #leaves: LeafTable | undefined;
  readonly #life: Life;

  constructor(text: string, limits: XmlLimits, versions: Versions) {
    this.#cursor = new TextCursor(text);
    this.#limits = limits;
    this.#life = lifeOf(text.length);
    this.#leaves = versions.leaves ?? leafTableFor(text.length);
    const isShared = versions.shared !== undefined || versions.written !== undefined;
    this.#sharing = isShared ? new SharedElements(text, versions) : undefined;
  }

  document(): XmlDocument | undefined {
    const cursor = this.#cursor;
    const { text } = cursor;
    cursor.at = match(DECLARATION, text, 0)?.[0].length ?? 0;
    for (;;) {
      const less = cursor.less();
      if (less > cursor.at && !this.#characters(less)) return undefined;
      if (less === text.length) break;
      if (!this.#markup(less)) return undefined;
    }
    const root = this.#root;
    if (root === undefined || this.#open.length > 0 || this.#nodes > this.#limits.maxNodes) return undefined;
    const document: XmlDocument = { children: this.#waiting.slice(0, this.#count).filter(isDocumentChild), root };
    const seen = { declaredInside: this.#declaredInside, depth: this.#depth, attributes: this.#mostAttributes };
    const { declaredInside, ...most } = this.#sharing?.withShared(seen) ?? seen;
    rememberFacts(document, { declaredInside, size: { characters: text.length, nodes: this.#nodes, ...most } });
    return document;
  }

  #markup(less: number): boolean {
    switch (this.#cursor.text.charCodeAt(less + 1)) {
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
    const text = this.#cursor.characters(end);
    if (text === undefined) return false;
    if (this.#open.length === 0) return /^[ \t\n]*$/.test(text);
    this.#addText(text);
    return true;
  }

  // The indentation of a document is half of its nodes: what is the same is one.
  #sharedBlank(end: number): boolean {
    const { text, at, hasSections } = this.#cursor;
    const length = end - at;
    if (length > MOST_SHARED || text.charCodeAt(at) !== LINE_FEED || hasSections) return false;
    let blank = this.#blanks[length];
    if (blank === undefined || !text.startsWith(blank.text, at)) {
      const written = text.slice(at, end);
      if (!/^[ \t\n]*$/.test(written)) return false;
      this.#blanks[length] = blank = readText(written, this.#life);
    }
    this.#cursor.at = end;
    if (this.#open.length > 0) this.#add(blank);
    return true;
  }

  #addText(text: string): void {
    const before = this.#cursor.hasSections ? this.#waiting[this.#count - 1] : undefined;
    if (before?.kind !== 'text' || this.#firsts.at(-1) === this.#count) {
      this.#add(readText(text, this.#life));
      return;
    }
    this.#nodes++;
    this.#waiting[this.#count - 1] = readText(before.text + text, this.#life);
  }

  #startTag(start: number): boolean {
    const cursor = this.#cursor;
    const { text } = cursor;
    const sharing = this.#sharing;
    if (sharing !== undefined && this.#open.length > 0) {
      const found = sharing.find(start - 1, this.#open.length + 1);
      if (found !== undefined) {
        this.#nodes += found.nodes - 1;
        this.#add(found.element);
        cursor.at += found.length;
        return true;
      }
    }
    const name = names.read(text, start);
    if (name === undefined || (this.#open.length === 0 && this.#root !== undefined)) return false;
    cursor.at = names.end;
    let code = text.charCodeAt(cursor.at);
    if (code === GREATER && this.#leaves !== undefined && name.prefix === '' && this.#open.length > 0)
      if (this.#knownLeaf(name.name)) return true;
    const element = readElement(name, this.#defaultNamespace, this.#life);
    if (code !== GREATER) {
      if (code !== SLASH && !this.#attributes(element)) return false;
      code = text.charCodeAt(cursor.at);
    }
    if (name.prefix !== '') {
      const namespace = this.#scope.resolve(name.prefix);
      if (namespace === undefined) return false;
      element.namespace = namespace;
    }
    this.#open.push(element);
    this.#firsts.push(this.#count);
    sharing?.open(element.declarations, start - 1, this.#nodes);
    if (this.#open.length > this.#depth) {
      this.#depth = this.#open.length;
      if (this.#depth > this.#limits.maxDepth) return false;
    }
    if (code === SLASH) {
      cursor.at++;
      return this.#close();
    }
    return cursor.take(GREATER);
  }

  /** Ends before the `>` or `/>`. */
  #attributes(element: ReadElement): boolean {
    const cursor = this.#cursor;
    const { text } = cursor;
    const attributes = this.#scratch;
    let declarations: XmlDeclaration[] | undefined;
    let declared = 0;
    let count = 0;
    let prefixed = 0;
    for (let hasBlank = cursor.blank(); ; hasBlank = cursor.blank()) {
      const code = text.charCodeAt(cursor.at);
      if (code === GREATER || code === SLASH) break;
      const name = hasBlank ? names.read(text, cursor.at) : undefined;
      if (name === undefined) return false;
      cursor.at = names.end;
      const value = cursor.value();
      if (value === undefined) return false;
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
      const known = count === 0 ? this.#attributesOf.get(element.name)?.[0] : undefined;
      attributes[count++] =
        known?.value === value && known.name === name.name
          ? known
          : readAttribute(name, { namespace: '', value }, this.#life);
    }
    if (count + declared > this.#mostAttributes) this.#mostAttributes = count + declared;
    if (this.#mostAttributes > this.#limits.maxAttributes) return false;
    if (declarations !== undefined) this.#declare(element, declarations);
    if (count === 1) element.attributes = this.#onlyAttribute(element.name, prefixed === 0);
    else if (count > 0) element.attributes = attributes.slice(0, count);
    if (prefixed === 0) return true;
    const resolved = this.#resolved(element.attributes);
    if (resolved !== undefined) element.attributes = resolved;
    return resolved !== undefined;
  }

  // What says the unit or the type of a value is the same again and again. It is found before it is made: of what is made and dropped at once the engine learns that
  // such things do not live long, and then it copies all others twice.
  #onlyAttribute(name: string, isShared: boolean): readonly XmlAttribute[] {
    const before = isShared ? this.#attributesOf.get(name) : undefined;
    if (before !== undefined && before[0] === this.#scratch[0]) return before;
    const attributes = readOnly(this.#scratch, 0, this.#life);
    if (isShared) this.#attributesOf.set(name, attributes);
    return attributes;
  }

  #declare(element: ReadElement, declarations: readonly XmlDeclaration[]): void {
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
      resolved.push(
        namespace === '' ? attribute : readAttribute(attribute, { namespace, value: attribute.value }, this.#life),
      );
    }
    return resolved;
  }

  #endTag(start: number): boolean {
    const cursor = this.#cursor;
    const name = this.#open.at(-1)?.name;
    if (name === undefined || !cursor.text.startsWith(name, start)) return false;
    cursor.at = start + name.length;
    if (cursor.text.charCodeAt(cursor.at) !== GREATER) cursor.blank();
    return this.#close();
  }

  /** Ends the element whose tag is now over its `>`. */
  #close(): boolean {
    const element = this.#open.pop();
    const first = this.#firsts.pop();
    if (element === undefined || first === undefined || !this.#cursor.take(GREATER)) return false;
    if (first === this.#count - 1) {
      element.children = readOnly(this.#waiting, first, this.#life);
      this.#noteLeaf(element);
    } else if (first !== this.#count) element.children = this.#waiting.slice(first, this.#count);
    this.#count = first;
    if (element.declarations.length > 0) {
      this.#scope.leave();
      this.#defaultNamespace = this.#scope.resolve('') ?? '';
    }
    if (this.#open.length === 0) this.#root = element;
    this.#add(element);
    this.#sharing?.close(element, this.#cursor.at, this.#nodes);
    return true;
  }

  /** Goes over an element without attributes that is written as one that was read before; whether it was one. */
  #knownLeaf(name: string): boolean {
    const cursor = this.#cursor;
    const { text, at } = cursor;
    const start = (cursor.at = at + 1);
    const less = cursor.less();
    const end = less + 2 + name.length;
    cursor.at = at;
    if (less === start || text.charCodeAt(less + 1) !== SLASH || text.charCodeAt(end) !== GREATER) return false;
    const leaf = this.#leaves?.find(name, this.#defaultNamespace, { text, start, end: less });
    const depth = this.#open.length + 1;
    if (leaf === undefined || !text.startsWith(name, less + 2) || depth > this.#limits.maxDepth) return false;
    cursor.at = end + 1;
    this.#sharing?.open(NOTHING, at - name.length - 1, this.#nodes);
    // Its text is a node too.
    this.#nodes++;
    this.#add(leaf);
    this.#sharing?.close(leaf, cursor.at, this.#nodes);
    this.#depth = Math.max(this.#depth, depth);
    return true;
  }

  #noteLeaf(element: ReadElement): void {
    const [child] = element.children;
    if (this.#leaves === undefined || child?.kind !== 'text' || this.#open.length === 0) return;
    if (element.attributes.length + element.declarations.length === 0) this.#leaves.put(element, child);
    if (!this.#leaves.isWorthAsking) this.#leaves = undefined;
  }

  #comment(less: number): boolean {
    const { text } = this.#cursor;
    if (!text.startsWith('<!--', less)) return false;
    const end = text.indexOf('--', less + 4);
    if (end === -1) return false;
    this.#add({ kind: 'comment', text: text.slice(less + 4, end) });
    this.#cursor.at = end + 2;
    return this.#cursor.take(GREATER);
  }

  #section(less: number): boolean {
    const { text } = this.#cursor;
    const end = text.indexOf(']]>', less);
    if (this.#open.length === 0 || !text.startsWith('<![CDATA[', less) || end === -1) return false;
    if (end > less + 9) this.#addText(text.slice(less + 9, end));
    this.#cursor.at = end + 3;
    return true;
  }

  #instruction(less: number): boolean {
    const found = match(INSTRUCTION, this.#cursor.text, less);
    const target = found?.[1];
    if (found === undefined || target === undefined || target.toLowerCase() === 'xml') return false;
    this.#add({ kind: 'processing-instruction', target, text: found[2] ?? '' });
    this.#cursor.at = less + found[0].length;
    return true;
  }

  #add(node: XmlNode): void {
    this.#nodes++;
    this.#waiting[this.#count++] = node;
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function isDocumentChild(node: XmlNode): node is XmlDocumentChild {
  return node.kind !== 'text';
}
