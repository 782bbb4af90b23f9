import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { PasswordHasher } from '../../ports/password-hasher.ts';

const rememberedForMs = 5 * 60 * 1000;
const maxRemembered = 1000;

/**
 * Remembers for five minutes which password fitted which hash, so that a script that signs in with each request does not pay for each. What it keeps is
 * a keyed digest of both together: a changed password has another hash, and so is never confused with the old one. Wrong ones are not remembered.
 */
export class RememberingPasswordHasher implements PasswordHasher {
  readonly #slow: PasswordHasher;
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  /** In the order in which they were verified, so that the oldest are the first. */
  readonly #until = new Map<string, number>();
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(slow: PasswordHasher, clock: Clock) {
    this.#slow = slow;
    this.#clock = clock;
  }

  hash(password: string): Promise<string> {
    return this.#slow.hash(password);
  }

  async verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    if (passwordHash === undefined) return this.#slow.verify(password, undefined);
    const name = createHmac('sha256', this.#key).update(`${passwordHash}\0${password}`).digest('base64');
    if ((this.#until.get(name) ?? 0) > this.#clock.now()) return true;
    const running = this.#running.get(name) ?? this.#verifyOnce(name, { password, passwordHash });
    return running;
  }

  /** Requests that come at the same time share one verification. */
  #verifyOnce(
    name: string,
    { password, passwordHash }: { readonly password: string; readonly passwordHash: string },
  ): Promise<boolean> {
    const running = this.#slow
      .verify(password, passwordHash)
      .then((fits) => {
        if (fits) this.#remember(name);
        return fits;
      })
      .finally(() => this.#running.delete(name));
    this.#running.set(name, running);
    return running;
  }

  #remember(name: string): void {
    this.#until.delete(name);
    this.#until.set(name, this.#clock.now() + rememberedForMs);
    const oldest = this.#until.size > maxRemembered ? this.#until.keys().next().value : undefined;
    if (oldest !== undefined) this.#until.delete(oldest);
  }
}
