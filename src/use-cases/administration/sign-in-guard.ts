import type { Clock } from '../../ports/clock.ts';

/** When an account is locked for an address. */
export interface SignInLimits {
  /** Wrong passwords in a row before it is locked. */
  readonly maxFailures: number;
  /** For how long; and after so long without a failure the count begins anew. */
  readonly lockOutMs: number;
}

/** Ten wrong ones, then a minute of waiting: no trouble for a person, the end for a machine that guesses. */
const defaultSignInLimits: SignInLimits = { maxFailures: 10, lockOutMs: 60_000 };

/** An attacker who makes up names must not fill the memory; who is forgotten first has tried longest ago. */
const maxRemembered = 10_000;

/** What is tried: an account's name, from an address. */
export interface SignInAttempt {
  readonly name: string;
  readonly address: string;
}

/**
 * Counts wrong passwords by account and address. By both, so that nobody can lock another person out from elsewhere. In memory: a restart forgives.
 */
export class SignInGuard {
  readonly #clock: Clock;
  readonly #limits: SignInLimits;
  readonly #failures = new Map<string, { readonly count: number; readonly lastAt: number }>();

  constructor(clock: Clock, limits: SignInLimits = defaultSignInLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether nothing may be tried now; ask before the password is verified and, because others try at the same time, after it too. */
  isLocked(attempt: SignInAttempt): boolean {
    return this.#recent(attempt) >= this.#limits.maxFailures;
  }

  /** Returns true when it was this failure that locked the account. */
  failed(attempt: SignInAttempt): boolean {
    const count = this.#recent(attempt) + 1;
    const key = keyOf(attempt);
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastAt: this.#clock.now() });
    const oldest = this.#failures.size > maxRemembered ? this.#failures.keys().next().value : undefined;
    if (oldest !== undefined) this.#failures.delete(oldest);
    return count === this.#limits.maxFailures;
  }

  /** The right password forgives the wrong ones. */
  succeeded(attempt: SignInAttempt): void {
    this.#failures.delete(keyOf(attempt));
  }

  #recent(attempt: SignInAttempt): number {
    const failures = this.#failures.get(keyOf(attempt));
    const isOld = failures === undefined || this.#clock.now() - failures.lastAt >= this.#limits.lockOutMs;
    return isOld ? 0 : failures.count;
  }
}

function keyOf({ name, address }: SignInAttempt): string {
  return `${address} ${name}`;
}
