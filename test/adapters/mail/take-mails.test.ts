import { describe, expect, it } from 'vitest';
import { MailboxTaker } from '../../../src/adapters/mail/take-mails.ts';
import type { MailTaking, OpenMailbox } from '../../../src/adapters/mail/take-mails.ts';
import { StoreError } from '../../../src/errors/concord-error.ts';

const { signal } = new AbortController();

/** A mailbox in memory, whose folders can be full. */
class MemoryMailbox implements OpenMailbox {
  validity = '1';
  isFull = false;
  readonly moved: string[] = [];
  readonly #mails = new Map<number, string>();

  constructor(...mails: readonly string[]) {
    for (const [at, mail] of mails.entries()) this.#mails.set(at + 1, mail);
  }

  readonly list = () => Promise.resolve([...this.#mails].map(([uid, mail]) => ({ uid, size: mail.length })));
  readonly fetch = (uid: number) => Promise.resolve(Buffer.from(this.#mails.get(uid) ?? ''));
  readonly move = (uid: number, folder: string) => {
    if (this.isFull) return Promise.resolve(false);
    this.moved.push(`${this.#mails.get(uid) ?? ''} to ${folder}`);
    return Promise.resolve(this.#mails.delete(uid));
  };
}

function taking(take: (mail: string) => boolean = () => true) {
  const taken: string[] = [];
  const faults: unknown[] = [];
  const how: MailTaking = {
    processed: 'done',
    failed: 'bad',
    maxMailOctets: 100,
    take: async (mail) => {
      const text = Buffer.from(mail).toString();
      taken.push(text);
      return take(text);
    },
    tooLarge: () => Promise.resolve(),
    reportFault: (error) => faults.push(error),
  };
  return { taker: new MailboxTaker(how), taken, faults };
}

describe('mails in a mailbox', () => {
  it('are taken once, although a mailbox that is full does not let them be moved', async () => {
    const mailbox = new MemoryMailbox('one', 'two');
    const { taker, taken, faults } = taking((mail) => mail === 'one');
    mailbox.isFull = true;
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isAllDone: true, isFaulty: true });
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isAllDone: true, isFaulty: true });
    expect(taken).toEqual(['one', 'two']);
    // Once for each look, however many lie there.
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toMatchObject({ code: 'CON-M003', retry: 'later' });
    mailbox.isFull = false;
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isAllDone: true, isFaulty: false });
    expect(mailbox.moved).toEqual(['one to done', 'two to bad']);
    expect(taken).toHaveLength(2);
  });

  it('are others where the folder was made anew', async () => {
    const mailbox = new MemoryMailbox('one');
    const { taker, taken } = taking();
    mailbox.isFull = true;
    await taker.takeAll(mailbox, signal);
    mailbox.validity = '2';
    await taker.takeAll(mailbox, signal);
    expect(taken).toEqual(['one', 'one']);
  });

  it('stay where they are while the disk is full, and do not hold up each other', async () => {
    const mailbox = new MemoryMailbox('one', 'two');
    let isDiskFull = true;
    const { taker, taken, faults } = taking((mail) => {
      if (isDiskFull && mail === 'one') throw new StoreError('CON-D002', 'The disk is full');
      return true;
    });
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isAllDone: false, isFaulty: true });
    expect(mailbox.moved).toEqual(['two to done']);
    expect(faults).toHaveLength(1);
    isDiskFull = false;
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isAllDone: true, isFaulty: false });
    expect(mailbox.moved).toEqual(['two to done', 'one to done']);
    expect(taken).toEqual(['one', 'two', 'one']);
  });
});
