import { randomBytes } from 'node:crypto';
import type { Gid } from '../../objects/gid.ts';
import type { Identifiers } from '../../ports/identifiers.ts';

const maxCounter = 0xfff;

/**
 * Identifiers from the system's source of randomness. Gids made in the same millisecond go on counting (RFC 9562, section 6.2, method 1), so that those of
 * one process always sort in the order in which they were made, a clock that is set back included.
 */
export class RandomIdentifiers implements Identifiers {
  readonly #now: () => number;
  #lastAt = 0;
  #counter = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  gid(): Gid {
    const bytes = randomBytes(16);
    this.#tick(bytes.readUInt16BE(6));
    bytes.writeUIntBE(this.#lastAt, 0, 6);
    bytes.writeUInt16BE(0x7000 | this.#counter, 6);
    bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
    const hex = bytes.toString('hex');
    const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
    // Holds: hexadecimal digits and hyphens are what a gid may have.
    return parts.join('-') as Gid;
  }

  random(): string {
    return randomBytes(16).toString('base64url');
  }

  secret(): string {
    return randomBytes(32).toString('base64url');
  }

  #tick(seed: number): void {
    const now = this.#now();
    if (now > this.#lastAt) {
      this.#lastAt = now;
      // Half of the counter's range is left for what follows within the millisecond.
      this.#counter = seed & (maxCounter >> 1);
    } else if (this.#counter < maxCounter) {
      this.#counter++;
    } else {
      // More than the counter holds: a millisecond is borrowed from the future.
      this.#lastAt++;
      this.#counter = 0;
    }
  }
}
