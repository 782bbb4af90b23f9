import type { Traits } from './likeness.ts';
import { longestIncreasing } from './increasing.ts';
import { NumberTable } from './number-table.ts';

const MANY = 0x7fffffff;
const NOBODY = -1;
const SEVERAL = -2;

/**
 * What the telling traits of two lists say: those that one old one has, and one new one, and no other. They belong together by what
 * nobody else has, like the name in a record, however much else of it is like others. Takes about as many steps as there are traits.
 */
export class TellingTraits {
  /** For each old one the new one that its telling traits point to: `NOBODY` when it has none, `SEVERAL` when they point to several. */
  readonly #to: Int32Array;
  /** The same for each new one. */
  readonly #from: Int32Array;

  constructor(olds: readonly Traits[], news: readonly Traits[]) {
    this.#to = new Int32Array(olds.length).fill(NOBODY);
    this.#from = new Int32Array(news.length).fill(NOBODY);
    const owners = ownersOf(olds);
    const newOwners = ownersOf(news);
    news.forEach((traits, fresh) => {
      for (const trait of traits) {
        const old = owners.get(trait);
        if (old === -1 || old === MANY || newOwners.get(trait) !== fresh) continue;
        vote(this.#to, old, fresh);
        vote(this.#from, fresh, old);
      }
    });
  }

  /** The pairs whose telling traits all point to each other, ascending; what crosses is left out. */
  pairs(): readonly (readonly [old: number, fresh: number])[] {
    const pairs: (readonly [number, number])[] = [];
    for (let old = 0; old < this.#to.length; old++) {
      const fresh = this.#to[old] ?? NOBODY;
      if (fresh >= 0 && this.#from[fresh] === old) pairs.push([old, fresh]);
    }
    const ascending = longestIncreasing(pairs.map(([, fresh]) => fresh));
    return ascending.map((at) => pairs[at]).filter((pair) => pair !== undefined);
  }

  /** Whether something tells against it that these two belong together. */
  isContested(old: number, fresh: number): boolean {
    const [to, from] = [this.#to[old] ?? NOBODY, this.#from[fresh] ?? NOBODY];
    return (to !== NOBODY && to !== fresh) || (from !== NOBODY && from !== old);
  }
}

/** For each trait the one that has it, or `MANY`. */
function ownersOf(list: readonly Traits[]): NumberTable {
  const owners = new NumberTable(list.reduce((sum, { length }) => sum + length, 0));
  list.forEach((traits, at) => {
    for (const trait of traits) if (owners.put(trait, at) !== -1) owners.put(trait, MANY);
  });
  return owners;
}

function vote(votes: Int32Array, at: number, other: number): void {
  const before = votes[at];
  votes[at] = before === NOBODY || before === other ? other : SEVERAL;
}
