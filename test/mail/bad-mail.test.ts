import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { layOutMails } from '../../src/adapters/mail/mail-layout.ts';
import { PostalMailReader } from '../../src/adapters/mail/postal-mail-reader.ts';
import type { Delivery, MessageRoute, OutgoingMessage } from '../../src/ports/transport.ts';
import { exportKey, importKey, makeKey, trustKey } from '../../src/use-cases/administration/keys.ts';
import type { MailDecision } from '../../src/use-cases/exchange/receive-mail.ts';
import { receiveMail } from '../../src/use-cases/exchange/receive-mail.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { mailOf, MailRelay } from '../support/mail-relay.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, manager, TestSite } from '../support/synced-sites.ts';

const at = '/portal_repository';
const id = 'Repository';
let publisher: TestSite;
let subscriber: TestSite;
let relay: MailRelay;

beforeEach(async () => {
  const clock = new HandClock();
  publisher = new TestSite('cps_server', clock);
  subscriber = new TestSite('cps_client', clock);
  relay = new MailRelay([publisher, subscriber]);
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/first`, card('First', '1'));
  await publisher.publish(id, at, { url: `mailto:${mailOf(publisher)}` });
  await subscriber.subscribe(id, publisher, at, {
    publicationUrl: `mailto:${mailOf(publisher)}`,
    subscriptionUrl: `mailto:${mailOf(subscriber)}`,
  });
  const control = { services: subscriber.services, transport: relay };
  await runSync(subscriber.context, { id, options: { holder: 'test' } }, control);
});

const good = () => relay.bag[0] ?? expect.unreachable('a request');

function mail(headers: readonly string[], body: string): string {
  const from = ['From: somebody@example.com', 'To: cps_server@example.org', 'Subject: Hello', 'MIME-Version: 1.0'];
  return [...from, ...headers, '', ...body.split('\n')].join('\r\n');
}

function withFile(name: string, octets: Uint8Array, headers: readonly string[] = []): string {
  const base64 = Buffer.from(octets)
    .toString('base64')
    .replace(/(.{76})/g, '$1\n');
  const part = ['Content-Type: application/gzip', 'Content-Transfer-Encoding: base64'];
  const disposition = `Content-Disposition: attachment; filename="${name}"`;
  return mail(
    ['Content-Type: multipart/mixed; boundary=b', ...headers],
    ['--b', ...part, disposition, '', base64, '--b--', ''].join('\n'),
  );
}

const nameOf = (octets: Uint8Array, part = 1, parts = 1): string =>
  `concord-${createHash('sha256').update(octets).digest('hex').slice(0, 32)}-${part}of${parts}.syncml.gz`;

const deliver = (raw: string | Uint8Array, to = publisher) =>
  relay.bring({ to: mailOf(to), raw: typeof raw === 'string' ? Buffer.from(raw, 'latin1') : raw });

/** It changes nothing, gets no answer, is in the log, and holds nothing up. */
async function isIgnored(raw: string | Uint8Array, why: RegExp | string): Promise<void> {
  const before = [await publisher.context.store.head(), relay.bag.length];
  const outcome = await deliver(raw);
  expect(outcome.outcome).toBe('ignored');
  expect([await publisher.context.store.head(), relay.bag.length]).toEqual(before);
  const [line] = await publisher.context.store.log();
  expect(line?.text).toMatch(why);
  expect(line?.level).toBe('warning');
  expect(await relay.bring(good())).toEqual({ outcome: 'taken' });
}

describe('a mail that carries nothing good', () => {
  it.each([
    ['spam', mail(['Content-Type: text/plain'], 'Buy now'), /no message of Concord/],
    ['in HTML', mail(['Content-Type: text/html'], '<html><body><script>alert(1)</script></body></html>'), /no message/],
    ['empty', '', /no message|cannot be read/],
    ['without a body', mail([], ''), /no message/],
    ['with another attachment', withFile('invoice.pdf', Buffer.from('%PDF')), /no message/],
    [
      'in a character set that nobody knows',
      mail(['Content-Type: text/plain; charset=klingon'], '\xff\xfe'),
      /no message/,
    ],
    ['of binary', String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code)), /no message|cannot be read/],
    ['whose parts have no end', mail(['Content-Type: multipart/mixed; boundary=x'], '--x\n--x\n--x'), /no message/],
    [
      'with parts within parts without end',
      Array.from(
        { length: 300 },
        (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`,
      ).join(''),
      /no message|cannot be read/,
    ],
  ])('%s is ignored', (_, raw, why) => isIgnored(raw, why));

  it('that is too large is not even parsed', async () => {
    const raw = Buffer.alloc(100_000_000, 0x61);
    const outcome = await deliver(raw);
    expect(outcome).toMatchObject({ outcome: 'ignored', why: expect.stringContaining('more than 50000000') as string });
  });

  it('with a file that is cut or changed is ignored', async () => {
    const whole = gzipSync('<SyncML/>');
    await isIgnored(withFile(nameOf(whole), whole.subarray(0, whole.length - 3)), /cut or changed/);
  });

  it('with a zip bomb is ignored', async () => {
    const bomb = gzipSync(Buffer.alloc(60_000_000));
    await isIgnored(withFile(nameOf(bomb), bomb), /has more than/);
  });

  it('with many files that each unpack to what one may be is ignored', async () => {
    const half = gzipSync(Buffer.alloc(1_200_000));
    const parts = Array.from({ length: 5 }, () => [
      ...['--b', 'Content-Type: application/gzip', 'Content-Transfer-Encoding: base64'],
      ...[`Content-Disposition: attachment; filename="${nameOf(half)}"`, '', half.toString('base64')],
    ]);
    const raw = mail(['Content-Type: multipart/mixed; boundary=b'], [...parts.flat(), '--b--', ''].join('\n'));
    await isIgnored(raw, /has more than 800000 octets/);
  });

  it('with XML that is no SyncML is ignored', async () => {
    const other = gzipSync('<html/>');
    await isIgnored(withFile(nameOf(other), other), /SyncML/);
  });

  it('with a part whose number cannot be is ignored', () =>
    isIgnored(withFile(`concord-${'0'.repeat(32)}-7of3.syncml.gz`, Buffer.from('x')), /no message/));

  it('with the right address and a key of somebody else is ignored', async () => {
    const [theirs, ours] = [new TestSite('mallory', publisher.clock), publisher];
    await makeKey(ours.context, manager, { name: 'office' });
    await ours.publish(id, at, { url: `mailto:${mailOf(ours)}`, keyName: 'office' });
    await makeKey(theirs.context, manager, { name: 'field' });
    const its = await importKey(theirs.context, manager, { text: await exportKey(ours.context, 'office') });
    await theirs.subscribe(id, ours, at, {
      publicationUrl: `mailto:${mailOf(ours)}`,
      subscriptionUrl: `mailto:${mailOf(subscriber)}`,
      keyName: 'field',
    });
    await trustKey(theirs.context, manager, { name: its.fingerprint, owner: `subscription:${id}` });
    const way = new MailRelay([ours, theirs]);
    await runSync(theirs.context, { id, options: { holder: 'test' } }, { services: theirs.services, transport: way });
    expect(await way.bring(way.bag.shift() ?? expect.unreachable('a request'))).toMatchObject({ outcome: 'ignored' });
    expect(way.bag).toEqual([]);
    expect(await ours.context.store.subscribers(id)).toEqual([]);
    expect(await ours.context.store.log()).toContainEqual(
      expect.objectContaining({ kind: 'access', level: 'warning' }),
    );
  });

  it('with the right address and a wrong password changes nothing, is logged, and is told so once', async () => {
    await publisher.context.accounts.removeAccount('sync');
    const head = await publisher.context.store.head();
    await deliver(good().raw);
    await deliver(good().raw);
    expect(await publisher.context.store.subscribers(id)).toEqual([]);
    expect(await publisher.context.store.head()).toEqual(head);
    expect((await publisher.context.store.log()).map(({ kind }) => kind)).toContain('access');
    const [, refusal, ...others] = relay.bag;
    expect(refusal?.to).toBe(mailOf(subscriber));
    expect(others).toEqual([]);
  });
});

describe('a subscriber by mail', () => {
  it('cannot have its answers written into a folder of the publisher’s machine', async () => {
    const other = new TestSite('cps_other', publisher.clock);
    await other.subscribe(id, publisher, at, {
      publicationUrl: `mailto:${mailOf(publisher)}`,
      subscriptionUrl: 'file:///tmp',
    });
    const outgoing = new MailRelay([publisher, other]);
    const control = { services: other.services, transport: { schemes: ['mailto'], deliver: relabelled } };
    await runSync(other.context, { id, options: { holder: 'test' } }, control);

    async function relabelled(message: OutgoingMessage): Promise<Delivery> {
      const route = message.route && { ...message.route, from: `mailto:${mailOf(other)}` };
      return outgoing.deliver({ ...message, ...(route !== undefined && { route }) });
    }
    expect(await outgoing.bring(outgoing.bag.shift() ?? expect.unreachable('a request'))).toMatchObject({
      outcome: 'ignored',
    });
    expect(outgoing.bag).toEqual([]);
  });
});

describe('a mail of a machine', () => {
  it.each([
    ['Auto-Submitted: auto-replied', 'auto'],
    ['X-Autoreply: yes', 'auto'],
    ['Precedence: auto_reply', 'auto'],
  ])('that says %s is not answered', (header) => isIgnored(mail([header], 'I am on holiday'), /automatic reply/));

  it('that has come by too many servers is in a loop', async () => {
    const whole = gzipSync('<SyncML/>');
    const hops = Array.from({ length: 60 }, () => 'Received: from a by b');
    await isIgnored(withFile(nameOf(whole), whole, hops), /loop/);
  });

  it('that says what could not be delivered names the subscription, and is not taken for the mail it quotes', async () => {
    const quoted = Buffer.from(good().raw).toString('latin1');
    const raw = [
      'From: MAILER-DAEMON@example.org',
      `To: ${mailOf(subscriber)}`,
      'Subject: Undelivered Mail Returned to Sender',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Final-Recipient: rfc822; cps_server@example.org',
      'Action: failed',
      'Diagnostic-Code: smtp; 550 5.1.1 no such user here',
      '',
      '--b',
      'Content-Type: message/rfc822',
      '',
      quoted,
      '--b--',
      '',
    ].join('\r\n');
    const outcome = await deliver(raw, subscriber);
    expect(outcome.outcome).toBe('ignored');
    const [line] = await subscriber.context.store.log();
    expect(line?.text).toContain(`of the subscription ${id} could not be delivered: smtp; 550 5.1.1 no such user here`);
    const waiting = (await subscriber.context.store.subscription(id))?.state.session?.handedOver;
    expect(waiting).toMatchObject({ times: 1, cameBack: 'smtp; 550 5.1.1 no such user here' });
  });
});

describe('names that would begin another header', () => {
  const route: MessageRoute = {
    kind: 'answer',
    from: 'mailto:cps@example.org',
    publication: 'R\r\nBcc: victim@example.com\r\n\r\nbody',
    subscription: 'mailto:client@example.org',
    session: 'a\r\nBcc: victim@example.com',
    message: 1,
    reference: '<x>\r\nBcc: victim@example.com',
  };
  const layout = { from: undefined, maxMailOctets: 100_000, at: 0 };

  it.each(['application/vnd.syncml+xml', 'application/vnd.syncml+pgp'])(
    'stay within theirs (%s)',
    async (contentType) => {
      const [only] = await layOutMails(
        { url: 'mailto:client@example.org', body: Buffer.from('-----BEGIN PGP MESSAGE-----\nx'), contentType, route },
        layout,
      );
      const relayed = new MailRelay([publisher, subscriber]);
      await relayed.deliver({ url: 'mailto:client@example.org', body: Buffer.from('x'), contentType, route });
      const raw = Buffer.from(relayed.sent[0]?.raw ?? []).toString('latin1');
      expect(raw).not.toMatch(/^Bcc:/im);
      expect(relayed.sent).toMatchObject([{ to: 'client@example.org' }]);
      expect(JSON.stringify(only)).not.toContain('\\nBcc');
      expect(await new PostalMailReader().read(Buffer.from(raw))).toMatchObject({ to: ['client@example.org'] });
    },
  );

  it.each([
    'mailto:',
    'mailto:a',
    'mailto:a@b?bcc=c@d',
    'mailto:a@b,c@d',
    'mailto:a@b%0aBcc:c@d',
    'mailto:"a b"@c',
    'mailto:a@b>',
  ])('an address such as %s is none', async (url) => {
    const message = { url, body: Buffer.from('x'), contentType: 'application/vnd.syncml+xml', route };
    await expect(layOutMails(message, layout)).rejects.toThrow(/address/);
  });
});

describe('the script mail_received', () => {
  const decideAs = (decision: MailDecision) =>
    receiveMail(publisher.context, good().raw, {
      services: publisher.services,
      transport: relay,
      holder: 'mail',
      reader: new PostalMailReader(),
      maxMailOctets: 1_000_000,
      decide: () => Promise.resolve(decision),
    });

  it('lets a mail through, keeps it, or has it refused', async () => {
    expect(await decideAs('ignore')).toMatchObject({ outcome: 'ignored' });
    expect(await decideAs({ refuse: 'not on Sundays' })).toEqual({ outcome: 'refused', why: 'not on Sundays' });
    expect(await publisher.context.store.subscribers(id)).toEqual([]);
    expect(await decideAs('both')).toEqual({ outcome: 'taken' });
  });

  it('says which side it is for', async () => {
    expect(await decideAs('subscription')).toMatchObject({ outcome: 'ignored' });
    expect(await decideAs('publication')).toEqual({ outcome: 'taken' });
  });
});

describe('parts that never become whole', () => {
  it('do not fill the disk', async () => {
    const small = new TestSite('small', new HandClock(), { maxMessageOctets: 5_000 });
    const octets = Buffer.alloc(3_000, 0x61);
    const outcomes: string[] = [];
    for (let number = 0; number < 20; number += 1) {
      const name = `concord-${number.toString(16).padStart(32, '0')}-1of9.syncml.gz`;
      const { outcome } = await receiveMail(small.context, Buffer.from(withFile(name, octets)), {
        services: small.services,
        transport: relay,
        holder: 'mail',
        reader: new PostalMailReader(),
        maxMailOctets: 1_000_000,
      });
      outcomes.push(outcome);
      expect(await small.context.parts?.dropOlderParts(0)).toBeLessThanOrEqual(20_000);
    }
    expect(new Set(outcomes)).toEqual(new Set(['kept', 'ignored']));
  });
});
