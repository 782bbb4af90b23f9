import type { SaxesTagNS } from 'saxes';
import { escapeAttribute, escapeText } from './escape.ts';
import { isSyncMlNamespace } from './namespaces.ts';

/** Namespaces by prefix; the default namespace has the prefix ''. */
type Bindings = ReadonlyMap<string, string>;

const noBindings: Bindings = new Map([
  ['', ''],
  ['xml', 'http://www.w3.org/XML/1998/namespace'],
  ['xmlns', 'http://www.w3.org/2000/xmlns/'],
]);

/**
 * Writes one element that a peer put into Data as XML text that stands by itself. Prefixes that are bound outside of it, and a default namespace,
 * are declared on its first element; SyncML's own only where an element uses them by prefix, because documents that inherit SyncML's default
 * namespace do so by oversight (ERP5 peers leave out `xmlns=""`).
 */
export class MarkupWriter {
  #text = '';
  #isTagOpen = false;
  readonly #inherited: Bindings;
  readonly #names: string[] = [];
  readonly #scopes: Bindings[] = [];

  /** `inherited`: the bindings in effect around the element. */
  constructor(inherited: Bindings) {
    const scope = new Map(noBindings);
    for (const [prefix, uri] of inherited) if (!isSyncMlNamespace(uri)) scope.set(prefix, uri);
    this.#inherited = scope;
  }

  /** Elements that are open. */
  get depth(): number {
    return this.#names.length;
  }

  /** What was written. */
  get text(): string {
    return this.#text;
  }

  /** Begins an element. */
  open(tag: SaxesTagNS): void {
    this.#endTag();
    const outer = this.#scopes.at(-1) ?? noBindings;
    const scope = scopeOf(tag, this.#scopes.length === 0 ? this.#inherited : outer);
    this.#text += `<${tag.name}${declarations(scope, outer)}${attributesOf(tag)}`;
    this.#isTagOpen = true;
    this.#names.push(tag.name);
    this.#scopes.push(scope);
  }

  /** Ends the innermost element. */
  close(): void {
    const name = this.#names.pop() ?? '';
    this.#scopes.pop();
    this.#text += this.#isTagOpen ? '/>' : `</${name}>`;
    this.#isTagOpen = false;
  }

  /** Character data, unescaped. */
  characters(text: string): void {
    this.#endTag();
    this.#text += escapeText(text);
  }

  /** A comment. */
  comment(text: string): void {
    this.#endTag();
    this.#text += `<!--${text}-->`;
  }

  /** A processing instruction. */
  processingInstruction(target: string, body: string): void {
    this.#endTag();
    this.#text += body === '' ? `<?${target}?>` : `<?${target} ${body}?>`;
  }

  #endTag(): void {
    if (this.#isTagOpen) this.#text += '>';
    this.#isTagOpen = false;
  }
}

/** The bindings inside of the tag: those around it, its own, and what it uses without either. */
function scopeOf(tag: SaxesTagNS, outer: Bindings): Bindings {
  let scope: Map<string, string> | undefined;
  const bind = (prefix: string, uri: string): void => {
    if ((scope ?? outer).get(prefix) === uri) return;
    scope ??= new Map(outer);
    scope.set(prefix, uri);
  };
  for (const prefix in tag.ns) bind(prefix, tag.ns[prefix] ?? '');
  if (tag.prefix !== '') bind(tag.prefix, tag.uri);
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name];
    if (attribute !== undefined && attribute.prefix !== '') bind(attribute.prefix, attribute.uri);
  }
  return scope ?? outer;
}

function declarations(scope: Bindings, outer: Bindings): string {
  if (scope === outer) return '';
  let text = '';
  for (const [prefix, uri] of scope) {
    if (outer.get(prefix) !== uri) text += ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeAttribute(uri)}"`;
  }
  return text;
}

function attributesOf(tag: SaxesTagNS): string {
  let text = '';
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name];
    if (attribute === undefined || attribute.prefix === 'xmlns' || name === 'xmlns') continue;
    text += ` ${name}="${escapeAttribute(attribute.value)}"`;
  }
  return text;
}
