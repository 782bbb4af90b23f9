import { describe, expect, it } from 'vitest';
import { MailboxTaker } from '../../../src/adapters/mail/take-mails.ts';
import type { MailTaking, OpenMailbox } from '../../../src/adapters/mail/take-mails.ts';
import { RequestError, StoreError } from '../../../src/errors/concord-error.ts';

const { signal } = new AbortController();

/** A mailbox in memory, whose folders can be full. */
class MemoryMailbox implements OpenMailbox {
  validity = '1';
  isFull = false;
  asked = 0;
  readonly moved: string[] = [];
  readonly #mails = new Map<number, string>();

  constructor(...mails: readonly string[]) {
    for (const [at, mail] of mails.entries()) this.#mails.set(at + 1, mail);
  }

  readonly list = () => Promise.resolve([...this.#mails].map(([uid, mail]) => ({ uid, size: mail.length })));
  readonly fetch = (uid: number) => Promise.resolve(Buffer.from(this.#mails.get(uid) ?? ''));
  readonly come = (mail: string): unknown => this.#mails.set(this.#mails.size + 1, mail);
  readonly empty = (): void => {
    this.#mails.clear();
  };
  readonly move = (uid: number, folder: string) => {
    this.asked += 1;
    if (this.isFull) return Promise.resolve(false);
    this.moved.push(`${this.#mails.get(uid) ?? ''} to ${folder}`);
    return Promise.resolve(this.#mails.delete(uid));
  };
}

function taking(take: (mail: string) => boolean = () => true) {
  const taken: string[] = [];
  const faults: unknown[] = [];
  const clock = { at: 1_000_000, now: () => clock.at };
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
    clock,
  };
  return { taker: new MailboxTaker(how), taken, faults, clock };
}

/** Looks again and again, each time when it is to be: the pauses between. */
async function pauses(
  { taker, clock }: Pick<ReturnType<typeof taking>, 'taker' | 'clock'>,
  mailbox: OpenMailbox,
  looks: number,
): Promise<readonly (number | undefined)[]> {
  const found: (number | undefined)[] = [];
  for (let look = 0; look < looks; look += 1) {
    const { againMs } = await taker.takeAll(mailbox, signal);
    found.push(againMs);
    clock.at += againMs ?? 0;
  }
  return found;
}

describe('mails in a mailbox', () => {
  it('are taken once, although a mailbox that is full does not let them be moved', async () => {
    const mailbox = new MemoryMailbox('one', 'two');
    const { taker, taken, faults, clock } = taking((mail) => mail === 'one');
    mailbox.isFull = true;
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isFaulty: true, againMs: 1000 });
    clock.at += 1000;
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isFaulty: true, againMs: 2000 });
    expect(taken).toEqual(['one', 'two']);
    // Once for each look, however many lie there.
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toMatchObject({ code: 'CON-M003', retry: 'later' });
    mailbox.isFull = false;
    clock.at += 2000;
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isFaulty: false, againMs: undefined });
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
    const { taker, taken, faults, clock } = taking((mail) => {
      if (isDiskFull && mail === 'one') throw new StoreError('CON-D002', 'The disk is full');
      return true;
    });
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isFaulty: true, againMs: 1000 });
    expect(mailbox.moved).toEqual(['two to done']);
    expect(faults).toHaveLength(1);
    isDiskFull = false;
    clock.at += 1000;
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isFaulty: false, againMs: undefined });
    expect(mailbox.moved).toEqual(['two to done', 'one to done']);
    expect(taken).toEqual(['one', 'two', 'one']);
  });

  it('that cannot be moved, or taken, are tried again after pauses that double', async () => {
    const full = new MemoryMailbox('one');
    full.isFull = true;
    const growing = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000);
    expect(await pauses(taking(), full, growing.length)).toEqual(growing);
    const noRoomHere = taking(() => {
      throw new StoreError('CON-D002', 'The disk is full');
    });
    expect(await pauses(noRoomHere, new MemoryMailbox('one'), growing.length)).toEqual(growing);
    const underWay = taking(() => {
      throw new RequestError('CON-E001', 'A sync is running', { retry: 'later' });
    });
    const seconds = [1, 2, 4, 8, 16, 30, 30].map((each) => each * 1000);
    expect(await pauses(underWay, new MemoryMailbox('one'), seconds.length)).toEqual(seconds);
    expect(underWay.faults).toEqual([]);
  });

  it('that come meanwhile are taken at once, and those before them only when it is time', async () => {
    const mailbox = new MemoryMailbox('one');
    const { taker, taken, clock } = taking();
    mailbox.isFull = true;
    await taker.takeAll(mailbox, signal);
    clock.at += 400;
    mailbox.come('two');
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isFaulty: true, againMs: 600 });
    expect(taken).toEqual(['one', 'two']);
    expect(mailbox.asked).toBe(2);
    clock.at += 600;
    await taker.takeAll(mailbox, signal);
    expect(mailbox.asked).toBe(4);
  });

  it('are no trouble any more when somebody has emptied it', async () => {
    const mailbox = new MemoryMailbox('one');
    const { taker } = taking();
    mailbox.isFull = true;
    await taker.takeAll(mailbox, signal);
    mailbox.empty();
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isFaulty: false, againMs: undefined });
  });

  it('wait no longer for a clock that was set back', async () => {
    const mailbox = new MemoryMailbox('one');
    const { taker, clock } = taking();
    mailbox.isFull = true;
    await taker.takeAll(mailbox, signal);
    mailbox.isFull = false;
    clock.at -= 900_000;
    expect(await taker.takeAll(mailbox, signal)).toEqual({ isFaulty: false, againMs: undefined });
  });
});
