/** What a list must know of its children to count and find them. */
export interface Listed<N> {
  /** Kind or name: what positions count. */
  readonly nodeClass: string;
  /** A second class that it is counted under. */
  readonly targetClass: string | undefined;
  chunk: Chunk<N> | undefined;
  /** The keys it can be found by. */
  keys(): readonly string[];
}

/** A stretch of siblings; `counts` says how many of each class are in it, counted anew after a change when somebody asks. */
export interface Chunk<N> {
  nodes: N[];
  counts: Map<string, number> | undefined;
}

const CHUNK = 128;
const FEW = 32;

/**
 * The children of one node while it is worked on. Finding the n-th of a name, inserting and removing touch one stretch and the number of
 * stretches: resolving `name[n]` anew for each instruction would be quadratic on long lists. Owns the order and the indexes.
 */
export class ChildList<N extends Listed<N>> {
  readonly #chunks: Chunk<N>[];
  #size: number;
  #keyed: Map<string, Set<N>> | undefined;
  // Keys that very many siblings share are counted like names.
  readonly #countedKeys = new Set<string>();

  constructor(nodes: readonly N[]) {
    this.#size = nodes.length;
    this.#chunks = toChunks(nodes);
  }

  get size(): number {
    return this.#size;
  }

  nodes(): readonly N[] {
    return this.#chunks.flatMap((chunk) => chunk.nodes);
  }

  at(index: number): N | undefined {
    let left = index;
    for (const { nodes } of this.#chunks) {
      if (left < nodes.length) return nodes[left];
      left -= nodes.length;
    }
    return undefined;
  }

  previous(node: N): N | undefined {
    const { chunk, index } = this.#place(node);
    if (index > 0) return chunk.nodes[index - 1];
    return this.#chunks[this.#chunks.indexOf(chunk) - 1]?.nodes.at(-1);
  }

  next(node: N): N | undefined {
    const { chunk, index } = this.#place(node);
    if (index + 1 < chunk.nodes.length) return chunk.nodes[index + 1];
    return this.#chunks[this.#chunks.indexOf(chunk) + 1]?.nodes[0];
  }

  /** Inserts in front of `before`, or at the end. */
  insert(added: readonly N[], before?: N): void {
    if (added.length === 0) return;
    const place = before === undefined ? undefined : this.#place(before);
    const chunk = place?.chunk ?? this.#lastChunk();
    const index = place?.index ?? chunk.nodes.length;
    for (const node of added) node.chunk = chunk;
    chunk.nodes =
      index === chunk.nodes.length
        ? chunk.nodes.concat(added)
        : chunk.nodes.slice(0, index).concat(added, chunk.nodes.slice(index));
    chunk.counts = undefined;
    this.#size += added.length;
    if (chunk.nodes.length > CHUNK * 2) this.#chunks.splice(this.#chunks.indexOf(chunk), 1, ...toChunks(chunk.nodes));
    for (const node of added) this.#remember(node);
  }

  remove(node: N): void {
    const { chunk, index } = this.#place(node);
    this.#forget(node);
    chunk.nodes.splice(index, 1);
    chunk.counts = undefined;
    node.chunk = undefined;
    this.#size--;
    if (chunk.nodes.length === 0) this.#chunks.splice(this.#chunks.indexOf(chunk), 1);
  }

  /** Runs a change of the name or the attributes of a child, keeping the indexes true. */
  reindex(node: N, change: () => void): void {
    this.#forget(node);
    change();
    this.#remember(node);
    if (node.chunk !== undefined) node.chunk.counts = undefined;
  }

  /** How many children are of the class. */
  count(nodeClass: string): number {
    return this.#chunks.reduce((sum, chunk) => sum + (this.#counts(chunk).get(nodeClass) ?? 0), 0);
  }

  /** The n-th child of the class, from 1. */
  nth(nodeClass: string, n: number): N | undefined {
    let left = n;
    for (const chunk of this.#chunks) {
      const here = this.#counts(chunk).get(nodeClass) ?? 0;
      if (left <= here) return chunk.nodes.filter((node) => this.#isOf(node, nodeClass))[left - 1];
      left -= here;
    }
    return undefined;
  }

  /** All children of the class, in order. */
  all(nodeClass: string): readonly N[] {
    return this.#chunks.flatMap((chunk) => chunk.nodes.filter((node) => this.#isOf(node, nodeClass)));
  }

  /** The children with the key, in order. */
  withKey(key: string): readonly N[] {
    const found = [...(this.#keys().get(key) ?? [])];
    if (found.length < 2) return found;
    if (found.length > FEW) return this.all(this.#countKey(key));
    const places = new Map(found.map((node) => [node, this.#index(node)]));
    return found.sort((left, right) => (places.get(left) ?? 0) - (places.get(right) ?? 0));
  }

  /** The n-th child with the key, from 1. */
  nthWithKey(key: string, n: number): N | undefined {
    if ((this.#keys().get(key)?.size ?? 0) > FEW) return this.nth(this.#countKey(key), n);
    return this.withKey(key)[n - 1];
  }

  countWithKey(key: string): number {
    return this.#keys().get(key)?.size ?? 0;
  }

  #countKey(key: string): string {
    if (!this.#countedKeys.has(key)) {
      this.#countedKeys.add(key);
      for (const chunk of this.#chunks) chunk.counts = undefined;
    }
    return key;
  }

  #isOf(node: N, nodeClass: string): boolean {
    if (node.nodeClass === nodeClass || node.targetClass === nodeClass) return true;
    return this.#countedKeys.has(nodeClass) && node.keys().includes(nodeClass);
  }

  #counts(chunk: Chunk<N>): ReadonlyMap<string, number> {
    if (chunk.counts !== undefined) return chunk.counts;
    const counts = new Map<string, number>();
    const add = (nodeClass: string): void => {
      counts.set(nodeClass, (counts.get(nodeClass) ?? 0) + 1);
    };
    for (const node of chunk.nodes) {
      add(node.nodeClass);
      if (node.targetClass !== undefined) add(node.targetClass);
      if (this.#countedKeys.size > 0) {
        for (const key of node.keys()) if (this.#countedKeys.has(key)) add(key);
      }
    }
    return (chunk.counts = counts);
  }

  #keys(): Map<string, Set<N>> {
    if (this.#keyed === undefined) {
      this.#keyed = new Map();
      for (const node of this.nodes()) this.#remember(node);
    }
    return this.#keyed;
  }

  #remember(node: N): void {
    if (this.#keyed === undefined) return;
    for (const key of node.keys()) {
      const sharing = this.#keyed.get(key);
      if (sharing === undefined) this.#keyed.set(key, new Set([node]));
      else sharing.add(node);
    }
  }

  #forget(node: N): void {
    if (this.#keyed === undefined) return;
    for (const key of node.keys()) this.#keyed.get(key)?.delete(node);
  }

  #index(node: N): number {
    const place = this.#place(node);
    let index = place.index;
    for (const chunk of this.#chunks) {
      if (chunk === place.chunk) break;
      index += chunk.nodes.length;
    }
    return index;
  }

  #place(node: N): { readonly chunk: Chunk<N>; readonly index: number } {
    const { chunk } = node;
    return chunk === undefined ? { chunk: this.#lastChunk(), index: 0 } : { chunk, index: chunk.nodes.indexOf(node) };
  }

  #lastChunk(): Chunk<N> {
    let last = this.#chunks.at(-1);
    if (last === undefined) this.#chunks.push((last = { nodes: [], counts: undefined }));
    return last;
  }
}

function toChunks<N extends Listed<N>>(nodes: readonly N[]): Chunk<N>[] {
  const chunks: Chunk<N>[] = [];
  for (let from = 0; from < nodes.length; from += CHUNK) {
    const chunk: Chunk<N> = { nodes: nodes.slice(from, from + CHUNK), counts: undefined };
    for (const node of chunk.nodes) node.chunk = chunk;
    chunks.push(chunk);
  }
  return chunks;
}
