import { Killed } from '../../simulation/mortal-store.ts';
import type { Random } from '../../simulation/random.ts';
import type { Executioner, Write } from './mortal-tables.ts';

/** The write by which a commit counts: the row of its turn; a line of the log has none. */
const deciding: readonly string[] = ['turn', 'logLine'];
/** How many writes behind what decides, at most, a process is killed. */
const writesBehind = 4;

/** Lets a process live until it is told to break a commit off: then it dies at one of the writes of that commit, drawn by lot. */
export class CommitBreaker implements Executioner {
  readonly #random: Random;
  #broken: { readonly when: 'before' | 'after'; left: number } | undefined;
  #isDead = false;
  #counts = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Does a commit until the process dies in it. Says whether that left it half-written, for others to finish. @throws whatever it was refused with */
  async breakOff(commit: () => Promise<unknown>, when: 'before' | 'after'): Promise<boolean> {
    this.#broken = { when, left: this.#random.below(when === 'before' ? 3 : writesBehind) };
    this.#counts = false;
    try {
      await commit();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      return this.#counts;
    }
    this.#isDead = true;
    return false;
  }

  check(): void {
    if (this.#isDead) throw new Killed('killed in the midst of a commit');
  }

  async write(work: (share: 'half' | 'all') => Promise<unknown>, { table, method }: Write): Promise<unknown> {
    this.check();
    const broken = this.#broken;
    if (broken === undefined) return work('all');
    const decides = method === 'claim' && deciding.includes(table);
    if (broken.when === 'before') {
      if (decides) this.#die();
    } else if (!this.#counts) {
      const written = await work('all');
      this.#counts = decides && written === true;
      return this.#counts && broken.left === 0 ? this.#die() : written;
    }
    broken.left -= 1;
    if (broken.left > 0) return work('all');
    await work('half');
    return this.#die();
  }

  #die(): never {
    this.#isDead = true;
    throw new Killed('killed in the midst of a commit');
  }
}
