import type { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailboxSettings } from '../../../src/adapters/mail/imap-mailbox.ts';
import { watchMailbox } from '../../../src/adapters/mail/imap-mailbox.ts';
import { SystemClock } from '../../../src/adapters/system/system-clock.ts';
import { StoreError } from '../../../src/errors/concord-error.ts';
import type { Dovecot } from './dovecot.ts';
import { dovecotPrograms, startDovecot } from './dovecot.ts';
import { titleWith, until } from './server-processes.ts';

const isThere = Object.values(dovecotPrograms).every((program) => program !== undefined);

describe.skipIf(!isThere)(titleWith('a mailbox at dovecot', dovecotPrograms), () => {
  let dovecot: Dovecot;

  beforeAll(async () => {
    dovecot = await startDovecot();
  });

  afterAll(async () => {
    await dovecot[Symbol.asyncDispose]();
  });

  const settingsFor = (user: string, more: Partial<MailboxSettings> = {}): MailboxSettings => ({
    url: `imap://${user}:secret@127.0.0.1:${dovecot.imapPort}`,
    folder: 'INBOX',
    processed: 'Concord-Processed',
    failed: 'Concord-Failed',
    // Nobody waits so long: what comes sooner was told by the server.
    pollMs: 600_000,
    maxMailOctets: 100_000,
    ca: undefined,
    ...more,
  });

  async function send(user: string, subject: string, octets = 10): Promise<void> {
    const lmtp = createTransport({ lmtp: true, host: '127.0.0.1', port: dovecot.lmtpPort, ignoreTLS: true });
    await lmtp.sendMail({ from: 'a@example.org', to: `${user}@example.org`, subject, text: 'x'.repeat(octets) });
    lmtp.close();
  }

  interface Watch extends AsyncDisposable {
    readonly taken: string[];
    readonly faults: unknown[];
    readonly large: number[];
  }

  function watch(settings: MailboxSettings, decide: (subject: string) => boolean = () => true): Watch {
    const [taken, faults, large]: [string[], unknown[], number[]] = [[], [], []];
    const stop = new AbortController();
    const work = {
      take: (mail: Uint8Array) => {
        const subject = /^Subject: (.*)$/im.exec(Buffer.from(mail).toString())?.[1]?.trim() ?? '';
        taken.push(subject);
        return Promise.resolve().then(() => decide(subject));
      },
      tooLarge: (octets: number) => {
        large.push(octets);
        return Promise.resolve();
      },
      reportFault: (fault: unknown) => faults.push(fault),
      clock: new SystemClock(),
    };
    const ended = watchMailbox(settings, work, stop.signal);
    return {
      taken,
      faults,
      large,
      [Symbol.asyncDispose]: async () => {
        stop.abort();
        await ended;
      },
    };
  }

  async function withClient<T>(user: string, work: (client: ImapFlow) => Promise<T>): Promise<T> {
    const { ImapFlow: Client } = await import('imapflow');
    const at = { host: '127.0.0.1', port: dovecot.imapPort, secure: false, doSTARTTLS: false };
    const client = new Client({ ...at, auth: { user, pass: 'secret' }, logger: false });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }

  /** How many mails are in a folder; -1 as long as the watch has not made it. */
  async function contents(user: string, folder: string): Promise<number> {
    return withClient(user, async (client) => {
      const folders = await client.list();
      if (!folders.some(({ path }) => path === folder)) return -1;
      const status = await client.status(folder, { messages: true });
      return status === false ? -1 : (status.messages ?? -1);
    });
  }

  it('gives what lies there, then what comes, as soon as it has come', async () => {
    await send('anna', 'first');
    await using watching = watch(settingsFor('anna'));
    await until(() => watching.taken.length === 1);
    await send('anna', 'second');
    await until(() => watching.taken.length === 2);
    await send('anna', 'third');
    await send('anna', 'fourth');
    await until(() => watching.taken.length === 4);
    expect(watching.taken).toEqual(['first', 'second', 'third', 'fourth']);
    expect(watching.faults).toEqual([]);
    await until(async () => (await contents('anna', 'Concord-Processed')) === 4);
    expect(await contents('anna', 'INBOX')).toBe(0);
  });

  it('has what was for nobody moved to the failed, and what is too large not read', async () => {
    await send('ben', 'spam');
    await send('ben', 'large', 200_000);
    await send('ben', 'poison');
    await send('ben', 'good');
    await using watching = watch(settingsFor('ben'), (subject) => {
      if (subject === 'poison') throw new TypeError('a fault of ours');
      return subject === 'good';
    });
    await until(async () => (await contents('ben', 'Concord-Processed')) === 1);
    await until(async () => (await contents('ben', 'Concord-Failed')) === 3);
    expect(watching.taken).toEqual(['spam', 'poison', 'good']);
    expect(watching.large).toHaveLength(1);
    expect(watching.faults).toHaveLength(1);
  });

  it('keeps what cannot be taken now, and gives it again', async () => {
    let tries = 0;
    await send('cora', 'busy');
    await using watching = watch(settingsFor('cora'), () => {
      tries += 1;
      if (tries === 1) throw new StoreError('CON-D001', 'locked', { retry: 'later' });
      return true;
    });
    await until(() => tries === 2);
    await until(async () => (await contents('cora', 'Concord-Processed')) === 1);
    expect(watching.faults).toEqual([]);
  });

  it('gets the folder again that somebody has deleted meanwhile', async () => {
    await using watching = watch(settingsFor('hugo'));
    await until(async () => (await contents('hugo', 'Concord-Processed').catch(() => -1)) === 0);
    await withClient('hugo', (client) => client.mailboxDelete('Concord-Processed'));
    await send('hugo', 'after');
    await until(async () => (await contents('hugo', 'Concord-Processed').catch(() => -1)) === 1);
    expect(watching.taken).toEqual(['after']);
    expect(watching.faults).toEqual([]);
  });

  it('is connected again when the server comes back', async () => {
    await send('dora', 'before');
    await using watching = watch(settingsFor('dora'));
    await until(() => watching.taken.length === 1);
    await dovecot.restart();
    await send('dora', 'after');
    await until(() => watching.taken.length === 2);
    expect(watching.taken).toEqual(['before', 'after']);
  });

  it('is looked at in turns where the server does not tell', async () => {
    await using watching = watch(settingsFor('emil', { pollMs: 200 }));
    await send('emil', 'polled');
    await until(() => watching.taken.length === 1);
  });

  it('reports a wrong password, and tries again', async () => {
    const url = `imap://fred:wrong@127.0.0.1:${dovecot.imapPort}`;
    await using watching = watch(settingsFor('fred', { url }));
    await until(() => watching.faults.length > 0);
    expect(watching.faults[0]).toMatchObject({ code: 'CON-M003' });
    expect(String(watching.faults[0])).not.toContain('wrong');
  });
});
