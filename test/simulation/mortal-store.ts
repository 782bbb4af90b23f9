import type { SiteStore } from '../../src/ports/site-store.ts';

/** A process that was killed. Not one of Concord's errors: nobody may catch it. */
export class Killed extends Error {}

/**
 * Does a commit up to some write in the midst of it, where the process is killed: `before` what decides that it counts, so that there will be nothing of it,
 * or `after` that, so that there will be all.
 */
export type Cut = (work: () => Promise<unknown>, when: 'before' | 'after') => Promise<void>;

/** Kills a process at its n-th commit, just before or just after; from then on nothing it does reaches the disk. */
export class KillSwitch {
  #left = 0;
  #when: 'before' | 'after' = 'before';
  #isDead = false;
  commits = 0;

  get isArmed(): boolean {
    return this.#left > 0;
  }

  arm(commit: number, when: 'before' | 'after'): void {
    this.#left = commit;
    this.#when = when;
  }

  /** Starts the process again, with nothing armed. Says whether it was dead. */
  restart(): boolean {
    const wasDead = this.#isDead;
    this.#isDead = false;
    this.#left = 0;
    return wasDead;
  }

  async commit<Result>(work: () => Promise<Result>, cut?: Cut): Promise<Result> {
    if (this.#isDead) throw new Killed('dead');
    this.commits += 1;
    const isLast = this.#left === 1;
    if (this.#left > 0) this.#left -= 1;
    if (isLast && cut !== undefined) {
      await cut(work, this.#when);
      this.#die();
    }
    if (isLast && this.#when === 'before') this.#die();
    const result = await work();
    if (isLast) this.#die();
    return result;
  }

  #die(): never {
    this.#isDead = true;
    throw new Killed('killed');
  }
}

const commits = ['update', 'addSubscriber', 'record'];

/** The store as a process sees it that can be killed: between commits or, where it is known how, in the midst of one. */
export function mortal(store: SiteStore, killSwitch: KillSwitch, cut?: Cut): SiteStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      // Methods of the store, called on the store itself because it has private state.
      const method = member.bind(target) as (...parameters: unknown[]) => Promise<unknown>;
      return commits.includes(String(name))
        ? (...parameters: unknown[]) => killSwitch.commit(async () => method(...parameters), cut)
        : method;
    },
  });
}
