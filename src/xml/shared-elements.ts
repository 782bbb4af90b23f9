import type { DocumentFacts } from './document-facts.ts';
import type { LeafTable } from './leaf-table.ts';
import type { XmlDeclaration, XmlElement } from './tree.ts';
import { NOTHING } from './tree.ts';
import type { Row, WrittenElements } from './written-elements.ts';
import { isWorthSharing, NO_ROW } from './written-elements.ts';

/** Other versions of a document: what is written as it was in the one is shared with it, and what is written is noted for others. */
export interface Versions {
  readonly shared?: WrittenElements | undefined;
  readonly written?: WrittenElements | undefined;
  readonly leaves?: LeafTable | undefined;
}

/** What a parse has seen of its document. */
export interface SeenFacts {
  readonly declaredInside: ReadonlySet<string> | undefined;
  readonly depth: number;
  readonly attributes: number;
}

/** An element of the other version, how many characters it is written in, and how many nodes it is. */
export interface SharedElement {
  readonly element: XmlElement;
  readonly length: number;
  readonly nodes: number;
}

/** What a parse has to do with other versions of its document. Owns the places in the other version that it is expected to be at, one for each depth. */
export class SharedElements {
  readonly #text: string;
  readonly #shared: WrittenElements | undefined;
  readonly #written: WrittenElements | undefined;
  readonly #expected: Row[] = [];
  readonly #starts: number[] = [];
  readonly #nodesBefore: number[] = [];
  readonly #scopes: string[] = [];
  #scope = '';
  #hasShared = false;

  constructor(text: string, { shared, written }: Versions) {
    this.#text = text;
    this.#shared = shared;
    this.#written = written;
  }

  /** The element of the other version that is written here; undefined when there is none. */
  find(at: number, depth: number): SharedElement | undefined {
    const shared = this.#shared;
    if (shared === undefined) return undefined;
    // The fields of short records are not worth sharing, and then nobody looks at how they begin.
    if (shared.first(depth) === NO_ROW) return undefined;
    const expected = (this.#expected[depth] ??= shared.first(depth));
    const row = shared.find(expected, this.#text, { at, depth, scope: this.#scope });
    const element = shared.element(row);
    if (element === undefined) return undefined;
    this.#expected[depth] = shared.next(row);
    this.#hasShared = true;
    return { element, length: shared.length(row), nodes: shared.nodes(row) };
  }

  /** An element begins that is made here. */
  open(declarations: readonly XmlDeclaration[], at: number, nodes: number): void {
    this.#starts.push(at);
    this.#nodesBefore.push(nodes);
    this.#scopes.push(this.#scope);
    if (declarations.length === 0) return;
    for (const { prefix, namespace } of declarations) this.#scope += `${prefix}=${namespace}\n`;
  }

  /** It ends. */
  close(element: XmlElement, end: number, nodes: number): void {
    const start = this.#starts.pop() ?? 0;
    const nodesBefore = this.#nodesBefore.pop() ?? 0;
    const scope = (this.#scope = this.#scopes.pop() ?? '');
    const depth = this.#starts.length + 1;
    if (!isWorthSharing(end - start)) return;
    if (this.#shared !== undefined) this.#expected[depth] = this.#shared.next(this.#expected[depth] ?? NO_ROW);
    this.#written?.add({ element, start, end, depth, scope, nodes: nodes - nodesBefore });
  }

  /** What is to be remembered of the document: what was shared may declare, nest and have what was not seen here. */
  withShared(facts: SeenFacts): SeenFacts {
    const other: DocumentFacts | undefined = this.#hasShared ? this.#shared?.facts : undefined;
    if (other === undefined) return facts;
    const depth = Math.max(facts.depth, other.size?.depth ?? 0);
    const attributes = Math.max(facts.attributes, other.size?.attributes ?? 0);
    const { declaredInside = NOTHING } = facts;
    return { declaredInside: new Set([...declaredInside, ...other.declaredInside]), depth, attributes };
  }
}
