import { longestIncreasing } from './increasing.ts';
import { NumberTable } from './number-table.ts';
import type { Range, Sides } from './pairs-in-turn.ts';
import type { SiblingTraits } from './sibling-traits.ts';

const MANY = 0x7fffffff;
const NOBODY = -1;
const SEVERAL = -2;

/**
 * What the telling traits of two lists say: those that one old one has, and one new one, and no other. They belong together by what
 * nobody else has, like the name in a record, however much else of it is like others. Takes about as many steps as there are traits.
 */
export class TellingTraits {
  readonly #traits: Sides<SiblingTraits>;
  readonly #range: Range;
  /** For each old one the new one that its telling traits point to: `NOBODY` when it has none, `SEVERAL` when they point to several. */
  readonly #to: Int32Array;
  /** The same for each new one. */
  readonly #from: Int32Array;
  /** For each old one a trait that points to that new one. */
  readonly #by: Int32Array;

  constructor(traits: Sides<SiblingTraits>, range: Range) {
    const { oldFrom, oldTo, newFrom, newTo } = range;
    this.#traits = traits;
    this.#range = range;
    this.#to = new Int32Array(oldTo - oldFrom).fill(NOBODY);
    this.#by = new Int32Array(oldTo - oldFrom);
    this.#from = new Int32Array(newTo - newFrom).fill(NOBODY);
    const oldOwners = ownersOf(traits.olds, [oldFrom, oldTo]);
    const newOwners = ownersOf(traits.news, [newFrom, newTo], (trait) => isOne(oldOwners.get(trait)));
    traits.news.each(newFrom, newTo, (trait, fresh) => {
      const old = oldOwners.get(trait);
      if (!isOne(old) || newOwners.get(trait) !== fresh) return;
      this.#by[old - oldFrom] = trait;
      vote(this.#to, old - oldFrom, fresh);
      vote(this.#from, fresh - newFrom, old);
    });
  }

  /** The pairs whose telling traits all point to each other, ascending; what crosses is left out. */
  pairs(): readonly (readonly [old: number, fresh: number])[] {
    const { oldFrom, newFrom } = this.#range;
    const pairs: (readonly [number, number])[] = [];
    for (let at = 0; at < this.#to.length; at++) {
      const [old, fresh] = [oldFrom + at, this.#to[at] ?? NOBODY];
      if (fresh < 0 || this.#from[fresh - newFrom] !== old) continue;
      if (this.#share(this.#by[at] ?? 0, old, fresh)) pairs.push([old, fresh]);
    }
    const ascending = longestIncreasing(pairs.map(([, fresh]) => fresh));
    return ascending.map((at) => pairs[at]).filter((pair) => pair !== undefined);
  }

  /** Whether something tells against it that these two belong together. */
  isContested(old: number, fresh: number): boolean {
    const { oldFrom, newFrom } = this.#range;
    const [to, from] = [this.#to[old - oldFrom] ?? NOBODY, this.#from[fresh - newFrom] ?? NOBODY];
    return (to !== NOBODY && to !== fresh) || (from !== NOBODY && from !== old);
  }

  // Of very many numbers, some are equal by chance.
  #share(trait: number, old: number, fresh: number): boolean {
    const { olds, news } = this.#traits;
    const [one, other] = [olds.partWith(trait, old), news.partWith(trait, fresh)];
    return one !== undefined && other !== undefined && olds.nodes.equalParts(one, other);
  }
}

/** For each trait that counts the one that has it, or `MANY`. */
function ownersOf(
  siblings: SiblingTraits,
  [from, to]: readonly [number, number],
  counts: (trait: number) => boolean = () => true,
): NumberTable {
  let count = 0;
  siblings.each(from, to, (trait) => {
    if (counts(trait)) count++;
  });
  const owners = new NumberTable(count);
  siblings.each(from, to, (trait, at) => {
    if (counts(trait) && owners.put(trait, at) !== -1) owners.put(trait, MANY);
  });
  return owners;
}

function isOne(owner: number): boolean {
  return owner !== -1 && owner !== MANY;
}

function vote(votes: Int32Array, at: number, other: number): void {
  const before = votes[at];
  votes[at] = before === NOBODY || before === other ? other : SEVERAL;
}
