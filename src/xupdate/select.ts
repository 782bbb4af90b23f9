import { NameTable } from '../xml/name-table.ts';
import type { QualifiedName } from '../xml/names.ts';
import { parseQualifiedName, qualifiedNameAt } from '../xml/names.ts';
import { XML_NAMESPACE } from '../xml/tree.ts';
import type { Key } from './node-test.ts';
import { XUpdateError } from './xupdate-error.ts';

/** A name with its namespace resolved. */
export interface ExpandedName {
  readonly local: string;
  readonly namespace: string;
}

/** One step down to a child element: by name, then by key, then by position among those. */
export interface ElementStep extends ExpandedName {
  readonly key: Key | undefined;
  readonly position: number | undefined;
}

/** The last step to what is no element. */
export type Leaf =
  | ({ readonly kind: 'attribute' } & ExpandedName)
  | { readonly kind: 'text'; readonly position: number | undefined }
  | { readonly kind: 'comment'; readonly position: number | undefined }
  | {
      readonly kind: 'processing-instruction';
      readonly target: string | undefined;
      readonly position: number | undefined;
    };

/** A location path of the peers' grammar; without steps and leaf it is the document. */
export interface Select {
  readonly steps: readonly ElementStep[];
  readonly leaf: Leaf | undefined;
}

const MAX_OCTETS = 8192;
const MAX_STEPS = 256;
const MAX_PARTS = 64;
/** Of so many characters there are neither too many octets nor too many steps. */
const SURELY_SHORT = 512;
/** What `@`, `attribute::`, `text()`, `comment()` and `processing-instruction(` begin with. */
const LEAF_STARTS = '@atcp';

// Remembers names only.
const names = new NameTable();

/**
 * The path that the text stands for, prefixes resolved by `resolve`; a small part of XPath 1.0 with XPath's meaning.
 * @throws XUpdateError `select-syntax` outside the grammar, `prefix` for an unbound one, `limit` for one too long
 */
export function parseSelect(text: string, resolve: (prefix: string) => string | undefined): Select {
  // A UTF-16 unit is at most three octets.
  if (text.length * 3 > MAX_OCTETS && Buffer.byteLength(text) > MAX_OCTETS)
    throw new XUpdateError('limit', `a select of more than ${MAX_OCTETS} octets`);
  return new SelectParser(text, resolve).parse();
}

/** Whether a path that was put together of steps is within the bounds of a select, too. */
export function isSelect(path: string): boolean {
  if (path.length < SURELY_SHORT && !path.includes('concat(')) return true;
  try {
    parseSelect(path, (prefix) => prefix);
    return true;
  } catch (error) {
    if (error instanceof XUpdateError) return false;
    throw error;
  }
}

/** Reads one select from left to right; owns the cursor. */
class SelectParser {
  readonly #text: string;
  readonly #resolve: (prefix: string) => string | undefined;
  #at = 0;

  constructor(text: string, resolve: (prefix: string) => string | undefined) {
    this.#text = text;
    this.#resolve = resolve;
  }

  parse(): Select {
    const steps: ElementStep[] = [];
    if (this.#text === '/') return { steps, leaf: undefined };
    while (this.#at < this.#text.length) {
      this.#expect('/');
      const leaf = this.#leaf(steps.length === 0);
      if (leaf !== undefined) {
        if (this.#at < this.#text.length) this.#fail('nothing may follow an attribute, text, comment or instruction');
        return { steps, leaf };
      }
      if (steps.length === MAX_STEPS) throw new XUpdateError('limit', `a select of more than ${MAX_STEPS} steps`);
      const { local, namespace } = this.#name(true);
      steps.push({ local, namespace, key: this.#key(), position: this.#position() });
    }
    if (steps.length === 0) this.#fail('it is empty');
    return { steps, leaf: undefined };
  }

  #leaf(atDocument: boolean): Leaf | undefined {
    // Most steps are to elements, and begin like none of these.
    if (!LEAF_STARTS.includes(this.#text.charAt(this.#at))) return undefined;
    if (this.#take('@') || this.#take('attribute::')) {
      if (atDocument) this.#fail('the document has no attributes');
      return { kind: 'attribute', ...this.#name(false) };
    }
    if (this.#take('text()')) {
      if (atDocument) this.#fail('the document has no text');
      return { kind: 'text', position: this.#position() };
    }
    if (this.#take('comment()')) return { kind: 'comment', position: this.#position() };
    if (!this.#take('processing-instruction(')) return undefined;
    const target = this.#take(')') ? undefined : this.#literal();
    if (target !== undefined) this.#expect(')');
    return { kind: 'processing-instruction', target, position: this.#position() };
  }

  #name(isElement: boolean): ExpandedName {
    const { prefix, local } = this.#qualifiedName();
    if (prefix === '') return { local, namespace: '' };
    const namespace = prefix === 'xml' ? XML_NAMESPACE : this.#resolve(prefix);
    if (namespace !== undefined) return { local, namespace };
    throw new XUpdateError(
      'prefix',
      `the prefix ${prefix} of ${isElement ? 'an element' : 'an attribute'} is not bound`,
    );
  }

  #qualifiedName(): QualifiedName {
    const known = names.read(this.#text, this.#at);
    if (known !== undefined) {
      this.#at = names.end;
      return known;
    }
    const written = qualifiedNameAt(this.#text, this.#at);
    const parsed = parseQualifiedName(written);
    if (parsed === undefined) return this.#fail(`a name is expected at character ${this.#at + 1}`);
    this.#at += written.length;
    return parsed;
  }

  #key(): ElementStep['key'] {
    const start = this.#at;
    if (!this.#take('[')) return undefined;
    this.#space();
    if (!this.#take('@') && !this.#take('attribute::')) {
      this.#at = start;
      return undefined;
    }
    const attribute = this.#take('gid') ? 'gid' : this.#take('id') ? 'id' : this.#fail('a key must be @id or @gid');
    this.#space();
    this.#expect('=');
    this.#space();
    const value = this.#take('concat(') ? this.#concatenation() : this.#literal();
    this.#space();
    this.#expect(']');
    return { attribute, value };
  }

  #concatenation(): string {
    let value = '';
    let parts = 0;
    do {
      this.#space();
      value += this.#literal();
      this.#space();
      if (++parts > MAX_PARTS) throw new XUpdateError('limit', `a concat of more than ${MAX_PARTS} parts`);
    } while (this.#take(','));
    this.#expect(')');
    if (parts < 2) this.#fail('concat needs two parts');
    return value;
  }

  #literal(): string {
    const quote = this.#text.charAt(this.#at);
    if (quote !== '"' && quote !== "'") this.#fail('a literal is expected');
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end === -1) this.#fail('a quote is not closed');
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  #position(): number | undefined {
    if (!this.#take('[')) return undefined;
    const start = this.#at;
    let position = 0;
    for (let digit = this.#digit(); digit >= (position === 0 ? 1 : 0) && this.#at < start + 9; digit = this.#digit()) {
      position = position * 10 + digit;
      this.#at++;
    }
    if (position === 0) this.#fail('a position from 1 is expected');
    this.#expect(']');
    return position;
  }

  /** What is at the cursor, if it is a digit; otherwise -1. */
  #digit(): number {
    const digit = this.#text.charCodeAt(this.#at) - 0x30;
    return digit >= 0 && digit <= 9 ? digit : -1;
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text.charAt(this.#at) || '.')) this.#at++;
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) this.#fail(`${token} is expected at character ${this.#at + 1}`);
  }

  #fail(what: string): never {
    throw new XUpdateError('select-syntax', `the select is outside the grammar: ${what}`);
  }
}
