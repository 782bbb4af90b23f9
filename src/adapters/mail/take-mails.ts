import { ConcordError, StoreError, TransportError } from '../../errors/concord-error.ts';

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
}

/** Whether none had to stay that is to be taken again; and whether something is wrong here, or with the mailbox, that was reported. */
export interface TakenMails {
  readonly isAllDone: boolean;
  readonly isFaulty: boolean;
}

/** It stays, for a fault of this side. */
const here = Symbol('here');

/**
 * Empties a mailbox, mail by mail, again and again. Remembers which mails were dealt with and could not be moved: they are not taken again, only moved when that can be.
 * Owns what it remembers, hence a class.
 */
export class MailboxTaker {
  readonly #taking: MailTaking;
  readonly #dealtWith = new Map<number, string>();
  #validity = '';

  constructor(taking: MailTaking) {
    this.#taking = taking;
  }

  /** Takes one mail after the other. */
  async takeAll(mailbox: OpenMailbox, signal: AbortSignal): Promise<TakenMails> {
    if (mailbox.validity !== this.#validity) this.#dealtWith.clear();
    this.#validity = mailbox.validity;
    let isAllDone = true;
    let isFaulty = false;
    let refused = 0;
    for (const mail of await mailbox.list()) {
      if (signal.aborted) return { isAllDone: false, isFaulty };
      const folder = this.#dealtWith.get(mail.uid) ?? (await this.#takeOne(mailbox, mail));
      if (folder === undefined || folder === here) {
        isAllDone = false;
        isFaulty ||= folder === here;
      } else if (await mailbox.move(mail.uid, folder)) this.#dealtWith.delete(mail.uid);
      else {
        this.#dealtWith.set(mail.uid, folder);
        refused += 1;
      }
    }
    // Once, however many lie there.
    if (refused > 0) this.#taking.reportFault(refusal(this.#taking));
    return { isAllDone, isFaulty: isFaulty || refused > 0 };
  }

  async #takeOne(mailbox: OpenMailbox, { uid, size }: ListedMail): Promise<string | typeof here | undefined> {
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
      if (cause instanceof ConcordError && cause.retry === 'later') return undefined;
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
