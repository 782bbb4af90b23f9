import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterEach, describe, expect, it } from 'vitest';
import type { MailboxWork } from '../../../src/adapters/mail/imap-mailbox.ts';
import { watchMailbox } from '../../../src/adapters/mail/imap-mailbox.ts';
import { PostalMailReader } from '../../../src/adapters/mail/postal-mail-reader.ts';
import { SmtpTransport } from '../../../src/adapters/mail/smtp-transport.ts';
import { SystemClock } from '../../../src/adapters/system/system-clock.ts';
import { siteStatus } from '../../../src/use-cases/administration/status.ts';
import { receiveMail } from '../../../src/use-cases/exchange/receive-mail.ts';
import { runSync } from '../../../src/use-cases/subscriber/run-sync.ts';
import { mailOf } from '../../support/mail-relay.ts';
import { HandClock } from '../../support/memory-site.ts';
import { card, TestSite } from '../../support/synced-sites.ts';
import type { Dovecot, DovecotSetting } from './dovecot.ts';
import { dovecotPrograms, startDovecot } from './dovecot.ts';
import { postfixPrograms, startPostfix } from './postfix.ts';
import { titleWith, until } from './server-processes.ts';

const stack: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of stack.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

async function dovecotLike(setting: DovecotSetting): Promise<Dovecot> {
  const dovecot = await startDovecot(setting);
  stack.push(dovecot);
  return dovecot;
}

/** Watches the mailbox of somebody until the test ends. */
function watch(dovecot: Dovecot, user: string, work: Omit<MailboxWork, 'clock' | 'tooLarge'>): void {
  const stop = new AbortController();
  const settings = {
    url: `imap://${user}:secret@127.0.0.1:${dovecot.imapPort}`,
    ...{ folder: 'INBOX', processed: 'Concord-Processed', failed: 'Concord-Failed' },
    // Nobody waits so long: what happens sooner was told by the server, or tried again.
    ...{ pollMs: 600_000, maxMailOctets: 1_000_000, ca: undefined },
  };
  const tooLarge = (): Promise<void> => Promise.resolve();
  const ended = watchMailbox(settings, { ...work, tooLarge, clock: new SystemClock() }, stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  stack.push({ [Symbol.asyncDispose]: end });
}

/** What its owner does with a mail program. */
async function asOwner<T>(dovecot: Dovecot, user: string, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const at = { host: '127.0.0.1', port: dovecot.imapPort, secure: false, doSTARTTLS: false };
  const client = new ImapFlow({ ...at, auth: { user, pass: 'secret' }, logger: false });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

async function fill(dovecot: Dovecot, user: string, mails: number): Promise<void> {
  await asOwner(dovecot, user, async (client) => {
    await client.mailboxCreate('Private');
    for (let n = 0; n < mails; n += 1) await client.append('Private', `Subject: private ${n}\r\n\r\nmine\r\n`);
  });
}

async function makeRoom(dovecot: Dovecot, user: string): Promise<void> {
  await asOwner(dovecot, user, async (client) => {
    const lock = await client.getMailboxLock('Private');
    await client.messageDelete('1:*');
    lock.release();
  });
}

async function contents(dovecot: Dovecot, user: string, folder: string): Promise<number> {
  const status = await asOwner(dovecot, user, (client) => client.status(folder, { messages: true })).catch(() => false);
  return typeof status === 'object' ? (status.messages ?? -1) : -1;
}

/** Returns the reason why it was not taken. */
async function send(dovecot: Dovecot, user: string, subject: string): Promise<string> {
  const lmtp = createTransport({ lmtp: true, host: '127.0.0.1', port: dovecot.lmtpPort, ignoreTLS: true });
  const mail = { from: 'a@example.org', to: `${user}@example.org`, subject, text: 'x' };
  const { rejectedErrors = [] } = await lmtp.sendMail(mail);
  lmtp.close();
  return rejectedErrors.map(({ message }) => message).join();
}

function watchSubjects(dovecot: Dovecot, user: string): { readonly taken: string[]; readonly faults: unknown[] } {
  const [taken, faults]: [string[], unknown[]] = [[], []];
  watch(dovecot, user, {
    take: (mail) => {
      taken.push(/^Subject: (.*)$/im.exec(Buffer.from(mail).toString())?.[1]?.trim() ?? '');
      return Promise.resolve(true);
    },
    reportFault: (fault) => faults.push(fault),
  });
  return { taken, faults };
}

const hasDovecot = Object.values(dovecotPrograms).every((program) => program !== undefined);

describe.skipIf(!hasDovecot)(titleWith('a mailbox at dovecot that is over its quota', dovecotPrograms), () => {
  it('has its mails taken and moved, where moving needs no room', async () => {
    const dovecot = await dovecotLike({ mostMails: 3 });
    await fill(dovecot, 'anna', 1);
    for (const subject of ['one', 'two']) await send(dovecot, 'anna', subject);
    expect(await send(dovecot, 'anna', 'three')).toMatch(/quota/i);
    const { taken, faults } = watchSubjects(dovecot, 'anna');
    await until(async () => (await contents(dovecot, 'anna', 'Concord-Processed')) === 2);
    expect(taken).toEqual(['one', 'two']);
    expect(faults).toEqual([]);
  });

  it('has each mail taken once, and moved as soon as there is room', async () => {
    const dovecot = await dovecotLike({ mostMails: 3, knowsNoMove: true });
    await fill(dovecot, 'ben', 1);
    for (const subject of ['one', 'two']) await send(dovecot, 'ben', subject);
    const { taken, faults } = watchSubjects(dovecot, 'ben');
    await until(() => faults.length === 2);
    expect(faults[0]).toMatchObject({ code: 'CON-M003', message: expect.stringContaining('full') as string });
    expect(await contents(dovecot, 'ben', 'INBOX')).toBe(2);
    await makeRoom(dovecot, 'ben');
    await until(async () => (await contents(dovecot, 'ben', 'Concord-Processed')) === 2);
    expect(await contents(dovecot, 'ben', 'INBOX')).toBe(0);
    expect(taken).toEqual(['one', 'two']);
    await send(dovecot, 'ben', 'three');
    await until(() => taken.length === 3);
  });
});

const programs = { ...dovecotPrograms, ...postfixPrograms };
const hasBoth = Object.values(programs).every((program) => program !== undefined);
const id = 'Repository';
const at = '/portal_repository';

describe.skipIf(!hasBoth)(titleWith('a sync by mail to a mailbox that is over its quota', programs), () => {
  async function offices() {
    const dovecot = await dovecotLike({ mostMails: 6 });
    const postfix = await startPostfix({ aliases: {}, lmtpPort: dovecot.lmtpPort });
    stack.push(postfix);
    const clock = new HandClock();
    const [publisher, subscriber] = [new TestSite('cps_server', clock), new TestSite('cps_client', clock)];
    await publisher.addAccount('sync', 'a:b');
    await publisher.put(`${at}/first`, card('First', '1'));
    await subscriber.put(`${at}/mine`, card('Mine', '2'));
    const publicationUrl = `mailto:${mailOf(publisher)}`;
    await publisher.publish(id, at, { url: publicationUrl });
    await subscriber.subscribe(id, publisher, at, { publicationUrl, subscriptionUrl: `mailto:${mailOf(subscriber)}` });
    const smtp = `smtp://127.0.0.1:${postfix.port}`;
    const settings = { url: smtp, from: undefined, maxMailOctets: 1_000_000, timeoutMs: 20_000 };
    const transport = new SmtpTransport({ ...settings, proxy: undefined, ca: undefined }, clock);
    stack.push(transport);
    const faults: unknown[] = [];
    for (const { context, services } of [publisher, subscriber]) {
      const reception = { services, transport, holder: context.site, reader: new PostalMailReader() };
      watch(dovecot, context.site, {
        take: async (mail) => {
          const { outcome } = await receiveMail(context, mail, { ...reception, maxMailOctets: 1_000_000 });
          return outcome === 'taken';
        },
        reportFault: (fault) => faults.push(fault),
      });
    }
    const send = async (): Promise<unknown> => {
      const options = { holder: 'test', isPatient: true };
      return runSync(subscriber.context, { id, options }, { services: subscriber.services, transport });
    };
    const shown = async () => (await siteStatus(subscriber.context)).subscriptions[0];
    return { dovecot, clock, publisher, subscriber, send, shown, faults };
  }

  it('is shown as come back, and goes through by itself when there is room', async () => {
    const { dovecot, clock, publisher, subscriber, send, shown, faults } = await offices();
    await fill(dovecot, 'cps_server', 6);
    await send();
    await until(async () => (await shown())?.carried?.trouble !== undefined);
    const why = expect.stringMatching(/quota|full/i) as string;
    expect(await shown()).toMatchObject({ carried: { trouble: { text: why } }, waiting: { cameBack: why, times: 1 } });
    const lines = await subscriber.context.store.log({ limit: 10 });
    expect(lines.map(({ text }) => text).join('\n')).toMatch(/could not be delivered: .*Where a mailbox is full/);
    expect(await subscriber.get(`${at}/mine`)).toBe(card('Mine', '2'));
    // Whoever looks after it makes room, and nobody does anything here but wait.
    await makeRoom(dovecot, 'cps_server');
    const { waiting } = (await shown()) ?? {};
    clock.at = waiting?.for === 'answer' ? waiting.againAt : clock.at;
    await send();
    await until(async () => (await shown())?.state === 'agreed');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(Object.keys(await publisher.tree(at))).toHaveLength(2);
    expect((await shown())?.carried?.trouble).toBeUndefined();
    expect(faults).toEqual([]);
  });
});
