import type { XmlNode } from '../xml/tree.ts';
import type { Row } from './key-index.ts';
import { KeyIndex } from './key-index.ts';
import type { Chunk } from './listed-node.ts';
import { ListedNode } from './listed-node.ts';
import type { Key, NodeTest, Testable } from './node-test.ts';
import { formOf, passes } from './node-test.ts';
import { countIn, StretchCounts } from './stretch-counts.ts';

const SHORTEST = 64;
const FEW = 32;

/**
 * The children of one node while it is worked on. A child is made ready for work when somebody asks for it. Finding the n-th of a name, inserting and removing touch one
 * stretch and the number of stretches: resolving `name[n]` anew for each instruction would be quadratic on long lists. Owns the order and the indexes.
 */
export class ChildList<W extends ListedNode & Testable> {
  readonly #chunks: Chunk[] = [];
  readonly #counts = new StretchCounts();
  readonly #thaw: (node: XmlNode) => W;
  readonly #stretch: number;
  /** What there was in the beginning, and the stretches of it. What nobody has asked for is still in its own. */
  readonly #source: readonly XmlNode[];
  readonly #origins: readonly Chunk[];
  /** Whether what nobody has asked for is no longer what there was. */
  #isReplaced = false;
  #indexes: Map<string, KeyIndex<W>> | undefined;
  #size: number;

  constructor(nodes: readonly XmlNode[], thaw: (node: XmlNode) => W) {
    this.#thaw = thaw;
    this.#size = nodes.length;
    this.#stretch = Math.max(SHORTEST, Math.ceil(Math.sqrt(nodes.length) / 2));
    this.#replace(0, 0, inStretches(nodes, this.#stretch));
    this.#source = nodes;
    this.#origins = [...this.#chunks];
  }

  get size(): number {
    return this.#size;
  }

  /** The children as they are; those that nobody asked for as they were. */
  slots(): readonly (XmlNode | W)[] {
    // Holds: what is listed is a W.
    const all = (this.#chunks.length === 1 ? this.#chunks[0]?.nodes : this.#chunks.flatMap(({ nodes }) => nodes)) ?? [];
    return all as readonly (XmlNode | W)[];
  }

  /** All children as nodes; `freeze` makes one of what was asked for. */
  frozen(freeze: (node: W) => XmlNode): readonly XmlNode[] {
    const all = new Array<XmlNode>(this.#size);
    let at = 0;
    for (const { nodes } of this.#chunks) {
      // Holds: what is listed is a W.
      for (const node of nodes) all[at++] = node instanceof ListedNode ? freeze(node as W) : node;
    }
    return all;
  }

  /** Puts other nodes in the place of some that nobody has asked for: with the same names, keys and texts. */
  replaceUntouched(change: (node: XmlNode) => XmlNode): void {
    for (const { nodes } of this.#chunks) {
      for (let at = 0; at < nodes.length; at++) {
        const node = nodes[at];
        if (node === undefined || node instanceof ListedNode) continue;
        const changed = change(node);
        if (changed === node) continue;
        nodes[at] = changed;
        // The indexes know what was there.
        this.#indexes = undefined;
        this.#isReplaced = true;
      }
    }
  }

  at(index: number): W | undefined {
    let left = index;
    for (const chunk of this.#chunks) {
      if (left < chunk.nodes.length) return this.#ready(chunk, left);
      left -= chunk.nodes.length;
    }
    return undefined;
  }

  previous(node: W): W | undefined {
    const { chunk, index } = this.#place(node);
    if (index > 0) return this.#ready(chunk, index - 1);
    const before = this.#chunks[chunk.number - 1];
    return before && this.#ready(before, before.nodes.length - 1);
  }

  next(node: W): W | undefined {
    const { chunk, index } = this.#place(node);
    if (index + 1 < chunk.nodes.length) return this.#ready(chunk, index + 1);
    const behind = this.#chunks[chunk.number + 1];
    return behind && this.#ready(behind, 0);
  }

  /** Inserts in front of `before`, or at the end. */
  insert(added: readonly W[], before?: W): void {
    if (added.length === 0) return;
    const place = before === undefined ? undefined : this.#place(before);
    const chunk = place?.chunk ?? this.#lastChunk();
    const index = place?.index ?? chunk.nodes.length;
    for (const node of added) node.chunk = chunk;
    if (added.length < this.#stretch) chunk.nodes.splice(index, 0, ...added);
    else chunk.nodes = chunk.nodes.slice(0, index).concat(added, chunk.nodes.slice(index));
    for (const node of added) this.#counts.correct(chunk.number, node, 1);
    this.#size += added.length;
    if (chunk.nodes.length > this.#stretch * 2) this.#split(chunk);
    if (this.#indexes !== undefined)
      for (const index of this.#indexes.values()) for (const node of added) this.#enter(index, node);
  }

  remove(node: W): void {
    const { chunk, index } = this.#place(node);
    if (this.#indexes !== undefined) for (const index of this.#indexes.values()) index.delete(node);
    chunk.nodes.splice(index, 1);
    this.#counts.correct(chunk.number, node, -1);
    node.chunk = undefined;
    this.#size--;
    if (chunk.nodes.length === 0) this.#replace(chunk.number, 1, []);
  }

  /** Runs a change of the name or the attributes of a child, keeping the indexes true. */
  reindex(node: W, change: () => void): void {
    const indexes = [...(this.#indexes?.values() ?? [])];
    for (const index of indexes) index.delete(node);
    change();
    for (const index of indexes) this.#enter(index, node);
    if (node.chunk !== undefined) this.#counts.forget(node.chunk.number);
  }

  /** How many children pass the test. */
  count(test: NodeTest): number {
    const sharing = this.#sharing(test);
    if (sharing !== undefined) return sharing.size;
    const counts = this.#countsOf(test);
    let sum = 0;
    for (const chunk of this.#chunks) sum += counts?.in(chunk) ?? countIn(chunk, test);
    return sum;
  }

  /** The n-th child that passes the test, from 1. */
  nth(test: NodeTest, n: number): W | undefined {
    const sharing = this.#sharing(test);
    if (sharing !== undefined && sharing.size <= FEW) return this.#inOrder(sharing)[n - 1];
    const counts = this.#countsOf(test);
    let left = n;
    for (const chunk of this.#chunks) {
      const here = counts?.in(chunk) ?? left;
      if (left > here) {
        left -= here;
        continue;
      }
      for (let at = 0; at < chunk.nodes.length; at++)
        if (this.#isCounted(chunk, at, test) && --left === 0) return this.#ready(chunk, at);
    }
    return undefined;
  }

  /** All children that pass the test, in order. */
  all(test: NodeTest): readonly W[] {
    const sharing = this.#sharing(test);
    if (sharing !== undefined && sharing.size <= FEW) return this.#inOrder(sharing);
    const counts = this.#countsOf(test);
    const found: W[] = [];
    for (const chunk of this.#chunks.filter((each) => counts?.in(each) !== 0))
      for (let at = 0; at < chunk.nodes.length; at++)
        if (this.#isCounted(chunk, at, test)) found.push(this.#ready(chunk, at));
    return found;
  }

  /** The children with a key, in lists that are long enough for an index. */
  #sharing(test: NodeTest): ReadonlySet<W> | undefined {
    if (test.kind !== 'element' || test.key === undefined || this.#size <= FEW) return undefined;
    const index = this.#index(test.key, test);
    this.#touch(index.untouched(test.key.value));
    return index.withValue(test.key.value);
  }

  #index(
    { attribute }: Key,
    { local, namespace }: { readonly local: string; readonly namespace: string },
  ): KeyIndex<W> {
    const form = formOf({ kind: 'element', local, namespace, key: { attribute, value: '' } });
    const indexes = (this.#indexes ??= new Map<string, KeyIndex<W>>());
    let index = indexes.get(form);
    if (index === undefined) {
      index = new KeyIndex<W>({ local, namespace, attribute });
      indexes.set(form, index);
      this.#fill(index);
    }
    return index;
  }

  #fill(index: KeyIndex<W>): void {
    for (const chunk of this.#chunks)
      for (let at = 0; at < chunk.nodes.length; at++) {
        const node = this.#isReplaced ? this.#ready(chunk, at) : chunk.nodes[at];
        // Holds: what is listed is a W.
        if (node instanceof ListedNode) this.#enter(index, node as W);
      }
    this.#origins.forEach((chunk, number) => {
      let row = number * this.#stretch;
      for (let at = 0; at < chunk.nodes.length; at++) {
        const node = chunk.nodes[at];
        if (node === undefined || node instanceof ListedNode) continue;
        while (row < this.#source.length && this.#source[row] !== node) row++;
        if (index.note(node, row++)) continue;
        this.#touch(index.untouchedLike(node));
        this.#ready(chunk, at);
      }
    });
  }

  /** Puts a child into an index; of those that share a value, none is left untouched. */
  #enter(index: KeyIndex<W>, node: W): void {
    this.#touch(index.untouchedLike(node));
    index.add(node);
  }

  #touch(row: Row | undefined): void {
    if (row === undefined) return;
    const chunk = this.#origins[Math.floor(row / this.#stretch)];
    const node = this.#source[row];
    if (chunk !== undefined && node !== undefined) this.#ready(chunk, chunk.nodes.indexOf(node));
  }

  #inOrder(found: ReadonlySet<W>): readonly W[] {
    if (found.size < 2) return [...found];
    const places = new Map([...found].map((node) => [node, this.#indexOf(node)]));
    return [...found].sort((left, right) => (places.get(left) ?? 0) - (places.get(right) ?? 0));
  }

  /** How many of each stretch pass the test, where there are stretches enough to remember it. */
  #countsOf(test: NodeTest): ReturnType<StretchCounts['of']> | undefined {
    return this.#chunks.length > 1 ? this.#counts.of(test) : undefined;
  }

  #isCounted({ nodes }: Chunk, at: number, test: NodeTest): boolean {
    const node = nodes[at];
    // Holds: what is listed is a W, and any node can be tested.
    return node !== undefined && passes(node as XmlNode | W, test);
  }

  #ready(chunk: Chunk, at: number): W {
    const node = chunk.nodes[at];
    // Holds: what is listed is a W, and nobody asks for what is not there.
    if (node instanceof ListedNode) return node as W;
    const ready = this.#thaw(node as XmlNode);
    ready.chunk = chunk;
    chunk.nodes[at] = ready;
    if (this.#indexes !== undefined) for (const index of this.#indexes.values()) index.add(ready);
    return ready;
  }

  #split(chunk: Chunk): void {
    // What nobody has asked for is never in another stretch than its own.
    for (let at = 0; at < chunk.nodes.length; at++) this.#ready(chunk, at);
    const parts = inStretches(chunk.nodes, this.#stretch);
    for (const part of parts) for (const node of part.nodes) if (node instanceof ListedNode) node.chunk = part;
    this.#replace(chunk.number, 1, parts);
    chunk.nodes = [];
  }

  /** Puts stretches in the place of others. */
  #replace(from: number, gone: number, come: readonly Chunk[]): void {
    this.#chunks.splice(from, gone, ...come);
    this.#counts.replace(from, gone, come.length);
    for (const [number, chunk] of this.#chunks.entries()) chunk.number = number;
  }

  #indexOf(node: W): number {
    const place = this.#place(node);
    let { index } = place;
    for (let number = 0; number < place.chunk.number; number++) index += this.#chunks[number]?.nodes.length ?? 0;
    return index;
  }

  #place(node: W): { readonly chunk: Chunk; readonly index: number } {
    const { chunk } = node;
    return chunk === undefined ? { chunk: this.#lastChunk(), index: 0 } : { chunk, index: chunk.nodes.indexOf(node) };
  }

  #lastChunk(): Chunk {
    if (this.#chunks.length === 0) this.#replace(0, 0, [{ nodes: [], number: 0 }]);
    // Holds: there is one now.
    return this.#chunks.at(-1) as Chunk;
  }
}

function inStretches(nodes: readonly (XmlNode | ListedNode)[], length: number): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < nodes.length; from += length)
    chunks.push({ nodes: nodes.slice(from, from + length), number: chunks.length });
  return chunks;
}
