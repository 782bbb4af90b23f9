import type { ScryptOptions } from 'node:crypto';
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { InvariantError } from '../../errors/concord-error.ts';
import type { PasswordHasher } from '../../ports/password-hasher.ts';

/** What a hash costs: `cost` is scrypt's N (a power of two), `blockSize` r, `parallelization` p (RFC 7914, section 2). */
export interface ScryptCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** 32 MB and some 60 ms for each guess: OWASP's second choice, because several people sign in at once on small machines. */
const defaultScryptCost: ScryptCost = { cost: 2 ** 15, blockSize: 8, parallelization: 1 };

/** Of a hash read back: a store that somebody wrote into must not make a sign-in take all the memory. */
const maxMemoryOctets = 256 * 1024 * 1024;
const saltOctets = 16;
const hashOctets = 32;
/** How many run at the same time: each holds its memory, and the threads are also those of files and compression. */
const maxAtOnce = 2;

interface ParsedHash {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Hashes passwords with scrypt, off the main thread. */
export class ScryptPasswordHasher implements PasswordHasher {
  readonly #cost: ScryptCost;
  readonly #decoy: ParsedHash;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(cost: ScryptCost = defaultScryptCost) {
    this.#cost = cost;
    this.#decoy = { cost, salt: randomBytes(saltOctets), hash: randomBytes(hashOctets) };
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltOctets);
    const hash = await this.#derive(password, salt, this.#cost);
    const { cost, blockSize, parallelization } = this.#cost;
    return ['scrypt', cost, blockSize, parallelization, salt.toString('base64url'), hash.toString('base64url')].join(
      '$',
    );
  }

  async verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    const parsed = passwordHash === undefined ? undefined : parseHash(passwordHash);
    const { cost, salt, hash } = parsed ?? this.#decoy;
    const derived = await this.#derive(password, salt, cost);
    return timingSafeEqual(derived, hash) && parsed !== undefined;
  }

  async #derive(password: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
    await this.#turn();
    try {
      return await deriveKey(password, salt, cost);
    } finally {
      this.#endTurn();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < maxAtOnce) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Whoever waits longest takes over the place: it is never free in between, so nobody can slip in. */
  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}

function deriveKey(password: string, salt: Buffer, { cost, blockSize, parallelization }: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = { N: cost, r: blockSize, p: parallelization, maxmem: maxMemoryOctets };
  // The same letters typed on two keyboards must be the same password (RFC 8265, section 4.2, OpaqueString).
  const normal = password.normalize('NFC');
  return new Promise((resolve, reject) => {
    scrypt(normal, salt, hashOctets, options, (cause, key) => {
      if (cause === null) resolve(key);
      else reject(new InvariantError('CON-I001', 'A password could not be hashed', { cause }));
    });
  });
}

function parseHash(text: string): ParsedHash | undefined {
  const match = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,2})\$([\w-]{1,100})\$([\w-]{43})$/.exec(text);
  if (match === null) return undefined;
  const [, n = '', r = '', p = '', salt = '', hash = ''] = match;
  const cost = { cost: Number(n), blockSize: Number(r), parallelization: Number(p) };
  const isPowerOfTwo = cost.cost > 1 && Number.isInteger(Math.log2(cost.cost));
  const isAffordable =
    128 * cost.cost * cost.blockSize < maxMemoryOctets && cost.blockSize > 0 && cost.parallelization > 0;
  if (!isPowerOfTwo || !isAffordable) return undefined;
  return { cost, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
}
