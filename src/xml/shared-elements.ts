import type { XmlElement } from './tree.ts';
import type { WrittenElements } from './written-elements.ts';

/** An element of another version that stands here in the same words. */
export interface FoundElement {
  readonly element: XmlElement;
  readonly nodes: number;
  readonly end: number;
}

/** What a parse has seen of its document. */
export interface SeenFacts {
  readonly declaredInside: ReadonlySet<string> | undefined;
  readonly depth: number;
}

interface Frame {
  /** The element of the other version that this one is taken for; -1 for none. */
  readonly expected: number;
  /** Its number among those that are noted. */
  readonly written: number;
  readonly nodesBefore: number;
  /** The declarations around it. */
  readonly scope: string;
}

/** What a parse has to do with other versions of its document. Owns the place in the other version that it is expected to be at. */
export class SharedElements {
  readonly #text: string;
  readonly #shared: WrittenElements | undefined;
  readonly #written: WrittenElements | undefined;
  readonly #frames: Frame[] = [];
  #expected = 0;
  #scope = '';
  #hasShared = false;

  constructor(
    text: string,
    {
      shared,
      written,
    }: { readonly shared?: WrittenElements | undefined; readonly written?: WrittenElements | undefined },
  ) {
    this.#text = text;
    this.#shared = shared;
    this.#written = written;
  }

  /** The element of the other version that is written here. */
  find(at: number, depth: number): FoundElement | undefined {
    const shared = this.#shared;
    if (shared === undefined) return undefined;
    const number = shared.find(this.#expected, this.#text, { at, depth, scope: this.#scope });
    const element = number === -1 ? undefined : shared.element(number);
    if (element === undefined) return undefined;
    this.#expected = shared.next(number);
    this.#hasShared = true;
    return { element, nodes: shared.nodes(number), end: at + shared.length(number) };
  }

  /** An element begins that is made here. */
  open(
    { declarations }: XmlElement,
    { at, depth, nodes }: { readonly at: number; readonly depth: number; readonly nodes: number },
  ): void {
    const isExpected = this.#shared?.depth(this.#expected) === depth;
    const scope = this.#scope;
    const written = this.#written?.open({ at, depth, scope }) ?? -1;
    this.#frames.push({ expected: isExpected ? this.#expected : -1, written, nodesBefore: nodes, scope });
    if (isExpected) this.#expected++;
    for (const { prefix, namespace } of declarations) this.#scope += `${prefix}=${namespace}\n`;
  }

  /** What is to be remembered of the document: what was shared may declare and nest what was not seen here. */
  withShared(facts: SeenFacts): SeenFacts {
    const other = this.#hasShared ? this.#shared?.facts : undefined;
    if (other === undefined) return facts;
    const depth = Math.max(facts.depth, other.size?.depth ?? 0);
    if (other.declaredInside.size === 0) return { ...facts, depth };
    return { declaredInside: new Set([...(facts.declaredInside ?? []), ...other.declaredInside]), depth };
  }

  /** It ends. */
  close(element: XmlElement, { end, nodes }: { readonly end: number; readonly nodes: number }): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    this.#scope = frame.scope;
    if (frame.expected !== -1 && this.#shared !== undefined) this.#expected = this.#shared.next(frame.expected);
    this.#written?.close(frame.written, element, { end, nodes: nodes - frame.nodesBefore });
  }
}
