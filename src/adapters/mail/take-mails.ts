import { ConcordError, StoreError, TransportError } from '../../errors/concord-error.ts';
import type { Clock } from '../../ports/clock.ts';

/** A mailbox with its folder open: so much of a client of IMAP as it takes to empty it. */
export interface OpenMailbox {
  /** What tells the numbers of its mails from those that they had before the folder was made anew (RFC 3501, UIDVALIDITY). */
  readonly validity: string;
  readonly list: () => Promise<readonly ListedMail[]>;
  /** Undefined when it is not there any more. */
  readonly fetch: (uid: number) => Promise<Uint8Array | undefined>;
  /** False when the server refuses, because the folder is full, say: the mail is where it was. */
  readonly move: (uid: number, folder: string) => Promise<boolean>;
}

/** A mail as it lies there. */
export interface ListedMail {
  readonly uid: number;
  readonly size: number;
}

/** What becomes of mails. */
export interface MailTaking {
  readonly processed: string;
  readonly failed: string;
  readonly maxMailOctets: number;
  readonly take: (mail: Uint8Array) => Promise<boolean>;
  readonly tooLarge: (octets: number) => Promise<void>;
  readonly reportFault: (error: unknown) => void;
  readonly clock: Pick<Clock, 'now'>;
}

/** How a mailbox stands after a look. */
export interface TakenMails {
  /** Something is wrong here, or with the mailbox, that was reported. */
  readonly isFaulty: boolean;
  /** When to look again at what had to stay; undefined where nothing had to. */
  readonly againMs: number | undefined;
}

/** It stays, for a fault of this side, or because something else is under way. */
const here = Symbol('here');
const busy = Symbol('busy');
type Stay = typeof here | typeof busy;

const firstPauseMs = 1_000;
/** What is under way ends soon; a disk or a mailbox is full until somebody makes room. */
const longestPauseMs = { busy: 30_000, faulty: 5 * 60_000 };

/**
 * Empties a mailbox, mail by mail, again and again. What could not be taken, or not be moved, is tried again after a pause that doubles; what has come meanwhile is
 * taken at once. Mails that were dealt with and could not be moved are not taken again, only moved when that can be. Owns what it remembers, hence a class.
 */
export class MailboxTaker {
  readonly #taking: MailTaking;
  /** Mails that lie there still: where those that were dealt with go, and why the others stay. */
  readonly #left = new Map<number, string | Stay>();
  #validity = '';
  #tries = 0;
  #againAt = 0;

  constructor(taking: MailTaking) {
    this.#taking = taking;
  }

  /** Takes one mail after the other. */
  async takeAll(mailbox: OpenMailbox, signal: AbortSignal): Promise<TakenMails> {
    const mails = await mailbox.list();
    this.#forgetOthers(mailbox.validity, mails);
    // A clock that was set back holds nothing up for longer than it would have waited.
    const waitMs = this.#againAt - this.#taking.clock.now();
    const isDue = waitMs <= 0 || waitMs > longestPauseMs.faulty;
    let refused = 0;
    for (const mail of mails) {
      if (signal.aborted) break;
      const before = this.#left.get(mail.uid);
      if (before !== undefined && !isDue) continue;
      const left = await this.#handle(mailbox, mail, before);
      if (left === undefined) this.#left.delete(mail.uid);
      else this.#left.set(mail.uid, left);
      if (typeof left === 'string') refused += 1;
    }
    // Once, however many lie there.
    if (refused > 0) this.#taking.reportFault(refusal(this.#taking));
    return this.#outcome(isDue);
  }

  #outcome(isDue: boolean): TakenMails {
    const now = this.#taking.clock.now();
    const isFaulty = [...this.#left.values()].some((left) => left !== busy);
    if (this.#left.size === 0) {
      this.#tries = 0;
      this.#againAt = 0;
      return { isFaulty, againMs: undefined };
    }
    if (isDue) {
      const longest = isFaulty ? longestPauseMs.faulty : longestPauseMs.busy;
      this.#againAt = now + Math.min(firstPauseMs * 2 ** this.#tries, longest);
      this.#tries += 1;
    }
    return { isFaulty, againMs: Math.max(this.#againAt - now, 0) };
  }

  /** The operator may have emptied it, or made it anew. */
  #forgetOthers(validity: string, mails: readonly ListedMail[]): void {
    const there = new Set(validity === this.#validity ? mails.map(({ uid }) => uid) : []);
    this.#validity = validity;
    for (const uid of this.#left.keys()) if (!there.has(uid)) this.#left.delete(uid);
  }

  /** Returns what is left to be done with it, if anything. */
  async #handle(
    mailbox: OpenMailbox,
    mail: ListedMail,
    before: string | Stay | undefined,
  ): Promise<string | Stay | undefined> {
    const folder = typeof before === 'string' ? before : await this.#takeOne(mailbox, mail);
    return typeof folder === 'string' && (await mailbox.move(mail.uid, folder)) ? undefined : folder;
  }

  async #takeOne(mailbox: OpenMailbox, { uid, size }: ListedMail): Promise<string | Stay> {
    const { processed, failed, maxMailOctets, take, tooLarge, reportFault } = this.#taking;
    if (size > maxMailOctets) {
      await tooLarge(size);
      return failed;
    }
    const source = await mailbox.fetch(uid);
    if (source === undefined) return failed;
    try {
      return (await take(source)) ? processed : failed;
    } catch (cause) {
      if (cause instanceof ConcordError && cause.retry === 'later') return busy;
      // Whatever is wrong with one mail, those behind it are not held up.
      reportFault(cause);
      // What is wrong here, a full disk say, is no fault of the mail.
      return cause instanceof StoreError ? here : failed;
    }
  }
}

function refusal({ processed, failed }: MailTaking): TransportError {
  const text = `The mailbox does not let mails that were dealt with be moved to ${processed} or ${failed}: it may be full, or have no such folder. They are not taken again`;
  return new TransportError('CON-M003', text, { retry: 'later' });
}
