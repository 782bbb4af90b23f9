import { escapeAttribute } from '../xml/escape.ts';
import { plainNameEnd } from '../xml/plain-names.ts';
import { writtenDeclarations } from '../xml/serialize.ts';
import { XUPDATE_NAMESPACE } from './modifications.ts';
import { isSelect } from './select.ts';
import { writeLiteral } from './siblings.ts';

const SPACE = 0x20;
const EXCLAMATION = 0x21;
const QUOTE = 0x22;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

/** Each is compared with all of its siblings. */
const MOST_CHANGES = 32;
/** What is longer is parsed with what both have in common. */
const MOST_CHARACTERS = 32_768;
const BLANK = /^(?:[ \t\n]|&#xD;)*$/;

/** What a delta of this form begins and ends with. */
export const PLAIN_DELTA = {
  begin: `<xu:modifications version="1.0"${writtenDeclarations([{ prefix: 'xu', namespace: XUPDATE_NAMESPACE }])}>`,
  end: '</xu:modifications>',
} as const;

/**
 * What `diff` gives for the documents that two canonical texts are, without a tree of either: where nothing but the texts of some elements has changed, each the only one of
 * its name among its siblings, and no namespace is declared. So most edits of records are. Undefined for all others; whatever the keys are, they decide nothing here.
 */
export function diffTexts(before: string, after: string): string | undefined {
  if (before.length > MOST_CHARACTERS || after.length > MOST_CHARACTERS || before.includes('xmlns')) return undefined;
  if (before === after) return '';
  return new TextWalk(before, after).delta();
}

/** One walk over both texts, from tag to tag, as long as the tags are the same. Owns the places it has come to, and the elements that are open. */
class TextWalk {
  readonly #before: string;
  readonly #after: string;
  #at = 0;
  #afterAt = 0;
  /** Where the open elements begin. */
  readonly #open: number[] = [];
  /** Where those that stood in them so far begin, and for each open element where the list of its own begins. */
  readonly #inside: number[] = [];
  readonly #firsts: number[] = [];
  /** Those of them in which something has changed. */
  readonly #changed = new Set<number>();
  readonly #instructions: string[] = [];
  #octets = 0;

  constructor(before: string, after: string) {
    this.#before = before;
    this.#after = after;
  }

  delta(): string | undefined {
    do {
      if (!this.#step()) return undefined;
    } while (this.#open.length > 0);
    if (this.#at !== this.#before.length || this.#afterAt !== this.#after.length) return undefined;
    // Where so much has changed, the whole document may be shorter. Of its characters the shortest form has a half, of references a sixth.
    if (this.#octets * (this.#after.includes('&') ? 6 : 2) > this.#after.length) return undefined;
    // From right to left, as siblings are compared.
    return PLAIN_DELTA.begin + this.#instructions.reverse().join('') + PLAIN_DELTA.end;
  }

  /** Goes over a text and the tag behind it. */
  #step(): boolean {
    const before = this.#before;
    const start = this.#at;
    const less = before.indexOf('<', start);
    const end = less === -1 ? -1 : this.#tagEnd(less);
    if (end === -1) return false;
    const isEnd = before.charCodeAt(less + 1) === SLASH;
    const both = before.slice(start, end);
    if (this.#after.startsWith(both, this.#afterAt)) this.#afterAt += both.length;
    else if (!isEnd || !this.#change(start, less, end)) return false;
    this.#at = end;
    return isEnd ? this.#close() : this.#begin(less);
  }

  /** Behind the `>` of a tag; -1 where that is not easily said, and for comments and instructions. */
  #tagEnd(less: number): number {
    const before = this.#before;
    const greater = before.indexOf('>', less);
    const first = before.charCodeAt(less + 1);
    if (greater === -1 || first === EXCLAMATION || first === QUESTION) return -1;
    const isPlain = first === SLASH || plainNameEnd(before, less + 1) === greater;
    // A value may have a `>` in it: then what comes before is no quote, or the first one.
    const isSure = before.charCodeAt(greater - 1) === QUOTE && before.charCodeAt(greater - 2) !== EQUALS;
    return isPlain || isSure ? greater + 1 : -1;
  }

  #begin(less: number): boolean {
    this.#inside.push(less);
    this.#open.push(less);
    this.#firsts.push(this.#inside.length);
    return true;
  }

  /** Ends the element whose end tag is passed. */
  #close(): boolean {
    this.#open.pop();
    const first = this.#firsts.pop() ?? 0;
    const inside = this.#inside;
    if (this.#changed.size > 0)
      for (let at = first; at < inside.length; at++)
        if (this.#changed.has(inside[at] ?? -1) && !this.#isAlone(at, first)) return false;
    inside.length = first;
    return true;
  }

  /** Whether no other element of those that stand with it has its name. */
  #isAlone(own: number, first: number): boolean {
    const start = (this.#inside[own] ?? 0) + 1;
    const name = this.#before.slice(start, plainNameEnd(this.#before, start));
    for (let at = first; at < this.#inside.length; at++) {
      const other = (this.#inside[at] ?? 0) + 1;
      if (at === own || !this.#before.startsWith(name, other)) continue;
      if (plainNameEnd(this.#before, other) === other + name.length) return false;
    }
    return true;
  }

  /** Another text before the end tag of an element that has nothing else. */
  #change(start: number, less: number, end: number): boolean {
    const [before, after] = [this.#before, this.#after];
    const afterLess = after.indexOf('<', this.#afterAt);
    const isLeaf = this.#firsts.at(-1) === this.#inside.length;
    if (!isLeaf || afterLess === -1 || !after.startsWith(before.slice(less, end), afterLess)) return false;
    const text = after.slice(this.#afterAt, afterLess);
    const select = this.#select();
    if (select === undefined || this.#instructions.length === MOST_CHANGES) return false;
    if (text === '') this.#add(`<xu:update select="${select}"/>`);
    else if (BLANK.test(text)) return false;
    else if (start === less) this.#add(`<xu:append select="${select}">${text}</xu:append>`);
    else this.#add(`<xu:update select="${select}">${text}</xu:update>`);
    for (const open of this.#open) this.#changed.add(open);
    this.#afterAt = afterLess + end - less;
    return true;
  }

  #add(instruction: string): void {
    this.#octets += Buffer.byteLength(instruction);
    this.#instructions.push(instruction);
  }

  /** The path of the element that was opened last, as it stands in an attribute. */
  #select(): string | undefined {
    let path = '';
    for (const less of this.#open) {
      const step = this.#stepTo(less);
      if (step === undefined) return undefined;
      path += `/${step}`;
    }
    return isSelect(path) ? escapeAttribute(path) : undefined;
  }

  #stepTo(less: number): string | undefined {
    const before = this.#before;
    const end = plainNameEnd(before, less + 1);
    const name = before.slice(less + 1, end);
    const code = before.charCodeAt(end);
    if (name === '' || (code !== GREATER && code !== SPACE)) return undefined;
    if (code === GREATER) return name;
    const tag = before.slice(end, before.indexOf('>', end));
    const key = / (gid)="([^"]*)"/.exec(tag) ?? / (id)="([^"]*)"/.exec(tag);
    if (key === null) return name;
    const [, attribute, value = ''] = key;
    return value.includes('&') ? undefined : `${name}[@${attribute}=${writeLiteral(value)}]`;
  }
}
