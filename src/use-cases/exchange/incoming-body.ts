import { InvariantError } from '../../errors/concord-error.ts';

/**
 * The octets of a message that came in. Many have a message in their hands until it is answered; the octets of it are in memory only until they are decoded. Owns the
 * octets, hence a class.
 */
export class IncomingBody {
  readonly length: number;
  #octets: Uint8Array | undefined;

  constructor(octets: Uint8Array) {
    this.length = octets.length;
    this.#octets = octets;
  }

  /** @throws InvariantError when they were let go of */
  get octets(): Uint8Array {
    if (this.#octets === undefined) throw new InvariantError('CON-I001', 'a message is read again that was let go of');
    return this.#octets;
  }

  /** Nobody needs them any more. */
  letGo(): void {
    this.#octets = undefined;
  }
}
