import { RequestError } from '../errors/concord-error.ts';

/** What one caller may take of a publisher, so that the others get theirs. */
export interface SyncShareLimits {
  /** Messages of one network address that are being taken in or answered at a time. */
  readonly messagesAtOnce: number;
  /** Messages of one subscription from one address. */
  readonly messagesPerMinute: number;
  /** The same, in octets as they are when unpacked. */
  readonly octetsPerMinute: number;
}

interface Taken {
  messages: number;
  octets: number;
}

const minute = 60_000;
/** Before names are counted no more by themselves: whoever makes up one after the other must not fill the memory. */
const mostNames = 20_000;

/**
 * The shares of those who send SyncML messages to this process. Counted by address and by the subscription that a message names, which nobody has proved yet: it takes from
 * no other address, and when very many names have come in a minute the further ones of an address count together. It owns nothing but its counts, which begin anew each
 * minute.
 */
export class SyncShares {
  readonly #limits: SyncShareLimits;
  readonly #now: () => number;
  readonly #underWay = new Map<string, number>();
  #taken = new Map<string, Taken>();
  #since = 0;

  constructor(limits: SyncShareLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Before anything of a message is read; to be disposed of when it is answered. @throws RequestError CON-W009 (`later`) */
  enter(address: string): Disposable {
    const underWay = this.#underWay.get(address) ?? 0;
    if (underWay >= this.#limits.messagesAtOnce) throw overShare('at a time', 1);
    this.#underWay.set(address, underWay + 1);
    return {
      [Symbol.dispose]: () => {
        const left = (this.#underWay.get(address) ?? 1) - 1;
        if (left === 0) this.#underWay.delete(address);
        else this.#underWay.set(address, left);
      },
    };
  }

  /** Counts a message that was read, before it is worked on. @throws RequestError CON-W009 (`later`) */
  count(address: string, body: Uint8Array): void {
    const now = this.#now();
    // A clock that goes back begins a minute, too.
    if (Math.abs(now - this.#since) >= minute) {
      this.#taken = new Map();
      this.#since = now;
    }
    const name = `${address} ${subscriptionIn(body)}`;
    const key = this.#taken.has(name) || this.#taken.size < mostNames ? name : address;
    const taken = this.#taken.get(key) ?? { messages: 0, octets: 0 };
    this.#taken.set(key, taken);
    const isTooMuch =
      taken.messages >= this.#limits.messagesPerMinute ||
      (taken.octets > 0 && taken.octets + body.length > this.#limits.octetsPerMinute);
    if (isTooMuch) throw overShare('in a minute', Math.ceil((this.#since + minute - now) / 1000));
    taken.messages += 1;
    taken.octets += body.length;
  }
}

/** What a message names as its sender, as far as a look at its beginning shows; it need not be true. */
function subscriptionIn(body: Uint8Array): string {
  const beginning = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 2_000)).toString('latin1');
  return /<Source>\s*<LocURI>([^<]{1,500})/.exec(beginning)?.[1] ?? '';
}

function overShare(when: string, seconds: number): RequestError {
  const text = `More messages came ${when} than one sender may send: the others get their share first`;
  return new RequestError('CON-W009', text, { retry: 'later', retryAfter: String(seconds) });
}
