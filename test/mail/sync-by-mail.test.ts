import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PostalMailReader } from '../../src/adapters/mail/postal-mail-reader.ts';
import { exportKey, importKey, makeKey, trustKey } from '../../src/use-cases/administration/keys.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import type { Mail } from '../support/mail-relay.ts';
import { mailOf, MailRelay } from '../support/mail-relay.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, manager, TestSite } from '../support/synced-sites.ts';

const hasGpg = spawnSync('gpg', ['--version']).status === 0;
const at = '/portal_repository';
const id = 'Repository';

class Offices {
  readonly clock = new HandClock();
  readonly publisher: TestSite;
  readonly subscriber: TestSite;
  readonly relay: MailRelay;

  constructor({ maxMailOctets = 1_000_000, maxMessageOctets = 10_000_000 } = {}) {
    // OpenPGP looks at the time of this machine in some places.
    this.clock.at = Date.now() - 3_600_000;
    this.publisher = new TestSite('cps_server', this.clock, { maxMessageOctets });
    this.subscriber = new TestSite('cps_client', this.clock, { maxMessageOctets });
    this.relay = new MailRelay([this.publisher, this.subscriber], maxMailOctets);
  }

  async open(isSealed = false): Promise<this> {
    const { publisher, subscriber } = this;
    await publisher.addAccount('sync', 'a:b');
    await publisher.put(`${at}/first`, card('First', '1'));
    if (isSealed) await makeKey(publisher.context, manager, { name: 'office' });
    if (isSealed) await makeKey(subscriber.context, manager, { name: 'field' });
    await publisher.publish(id, at, { url: `mailto:${mailOf(publisher)}`, keyName: isSealed ? 'office' : '' });
    await subscriber.subscribe(id, publisher, at, {
      publicationUrl: `mailto:${mailOf(publisher)}`,
      subscriptionUrl: `mailto:${mailOf(subscriber)}`,
      keyName: isSealed ? 'field' : '',
    });
    if (!isSealed) return this;
    const text = [await exportKey(publisher.context, 'office'), await exportKey(subscriber.context, 'field')] as const;
    const theirs = await importKey(subscriber.context, manager, { text: text[0] });
    await trustKey(subscriber.context, manager, { name: theirs.fingerprint, owner: `subscription:${id}` });
    const its = await importKey(publisher.context, manager, { text: text[1] });
    await trustKey(publisher.context, manager, { name: its.fingerprint, owner: 'account:sync' });
    return this;
  }

  async handOver(): Promise<void> {
    this.clock.at += 1000;
    const control = { services: this.subscriber.services, transport: this.relay };
    await runSync(this.subscriber.context, { id, options: { holder: 'test' } }, control);
  }

  /** Returns how many mails it took. */
  async sync(): Promise<number> {
    await this.handOver();
    return this.relay.bringAll();
  }

  async expectEqual(): Promise<void> {
    expect(await this.subscriber.tree(at)).toEqual(await this.publisher.tree(at));
  }
}

const read = (mail: Mail | undefined) => new PostalMailReader().read(mail?.raw ?? new Uint8Array());
const textOf = (mail: Mail | undefined) =>
  Buffer.from(mail?.raw ?? [])
    .toString('latin1')
    .replace(/\r\n[ \t]+/g, ' ');

/** Text that does not get shorter, the same for the same number. */
function noise(number: number, octets: number): string {
  const parts = Array.from({ length: Math.ceil(octets / 44) }, (_, part) =>
    createHash('sha256').update(`${number}.${part}`).digest('base64'),
  );
  return parts.join('');
}

describe('a sync by mail', () => {
  it('takes one mail each way when nothing has changed, and three in all when something has', async () => {
    const offices = await new Offices().open();
    await offices.sync();
    expect(await offices.sync()).toBe(2);
    await offices.publisher.put(`${at}/first`, card('Other', '1'));
    await offices.subscriber.put(`${at}/first`, card('First', '2'));
    expect(await offices.sync()).toBe(3);
    expect(await offices.publisher.get(`${at}/first`)).toBe(card('Other', '2'));
    await offices.expectEqual();
  });

  it('writes mails that say what they are, to people and to programs', async () => {
    const offices = await new Offices().open();
    await offices.sync();
    const [request, answer] = [await read(offices.relay.sent[0]), await read(offices.relay.sent[1])];
    expect(request).toMatchObject({ from: mailOf(offices.subscriber), to: [mailOf(offices.publisher)], subject: id });
    expect(request.text).toContain('There is nothing for you to do');
    expect(request.files).toMatchObject([{ name: expect.stringMatching(/^concord-.*\.syncml\.gz$/) as string }]);
    expect(answer).toMatchObject({ from: mailOf(offices.publisher), to: [mailOf(offices.subscriber)] });
    expect(textOf(offices.relay.sent[0])).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(textOf(offices.relay.sent[1])).toMatch(/^Auto-Submitted: auto-replied\r$/m);
    expect(textOf(offices.relay.sent[1])).toContain(`In-Reply-To: ${request.messageId}`);
    expect(textOf(offices.relay.sent[1])).toMatch(/^References: <concord\./m);
    expect(new Set(offices.relay.sent.map((mail) => /^Message-ID: (.*)$/im.exec(textOf(mail))?.[1])).size).toBe(3);
  });

  it('is split to the size of mail, and joined in whatever order the parts come', async () => {
    const offices = await new Offices({ maxMailOctets: 20_000 }).open();
    for (let number = 0; number < 60; number += 1)
      await offices.publisher.put(`${at}/${number}`, card(noise(number, 1000), '1'));
    await offices.handOver();
    await offices.relay.bring(offices.relay.bag.shift() ?? expect.unreachable('a request'));
    const parts = offices.relay.bag.splice(0);
    expect(parts.length).toBeGreaterThan(1);
    for (const { raw } of parts) expect(raw.length).toBeLessThan(20_000);
    const [first, ...rest] = parts.toReversed();
    if (first === undefined) expect.unreachable('parts');
    expect(await offices.relay.bring(first)).toEqual({ outcome: 'kept' });
    expect(await offices.relay.bring(first)).toEqual({ outcome: 'kept' });
    for (const part of rest) await offices.relay.bring(part);
    await offices.expectEqual();
  });

  it('is sealed as PGP/MIME, and not a word of it is readable', async () => {
    const offices = await new Offices().open(true);
    await offices.sync();
    await offices.expectEqual();
    await offices.publisher.put(`${at}/first`, card('Second', '1'));
    await offices.sync();
    await offices.expectEqual();
    for (const mail of offices.relay.sent) {
      expect(textOf(mail)).toMatch(/^Content-Type: multipart\/encrypted; protocol="application\/pgp-encrypted";/m);
      expect(textOf(mail)).toContain('-----BEGIN PGP MESSAGE-----');
      expect(textOf(mail)).not.toContain('SyncML');
    }
  });

  it.skipIf(!hasGpg)(`is sealed so that gpg opens it${hasGpg ? '' : ' (skipped: gpg not installed)'}`, async () => {
    const offices = await new Offices().open(true);
    await offices.handOver();
    const [mail] = offices.relay.sent;
    const { files } = await read(mail);
    const armored = files.find(({ octets }) => Buffer.from(octets).toString('latin1').includes('BEGIN PGP MESSAGE'));
    const keys = (await offices.publisher.context.keyring?.keys()) ?? [];
    const secret = keys.find(({ name }) => name === 'office')?.privateKey?.slice('sealed:'.length) ?? '';
    const home = mkdtempSync(join(tmpdir(), 'concord-gpg-'));
    const gpg = (args: readonly string[], input: string | Uint8Array): string =>
      execFileSync('gpg', ['--homedir', home, '--batch', ...args], {
        input,
        stdio: ['pipe', 'pipe', 'ignore'],
      }).toString();
    try {
      gpg(['--import'], secret);
      for (const { publicKey } of keys) gpg(['--import'], publicKey);
      const opened = gpg(['--trust-model', 'always', '--decrypt'], armored?.octets ?? new Uint8Array());
      expect(opened).toMatch(/^Content-Type: application\/vnd\.syncml\+xml\r\n/);
      expect(opened).toContain('<SyncML ');
    } finally {
      spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']);
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('is sealed in parts where it is larger than a mail', async () => {
    const offices = await new Offices({ maxMailOctets: 20_000 }).open(true);
    for (let number = 0; number < 40; number += 1)
      await offices.publisher.put(`${at}/${number}`, card(noise(number, 1000), '1'));
    await offices.sync();
    await offices.expectEqual();
    expect(offices.relay.sent.length).toBeGreaterThan(3);
  });
});

function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x3d4d51cb) >>> 0;
    return (state >>> 8) % below;
  };
}

describe('a relay that loses, doubles, delays and swaps mails', () => {
  const seeds = Array.from({ length: 25 }, (_, seed) => seed + 1);

  async function relayBadly({ relay }: Offices, next: (below: number) => number, late: Mail[]): Promise<void> {
    for (let steps = 0; steps < 14 && relay.bag.length > 0; steps += 1) {
      const [mail] = relay.bag.splice(next(relay.bag.length), 1);
      if (mail === undefined) return;
      const fate = next(8);
      if (fate === 0) continue;
      if (fate === 1) late.push(mail);
      else await relay.bring(mail);
      if (fate === 2) await relay.bring(mail);
      if (fate === 3) late.push(mail);
      const [found] = next(3) === 0 ? late.splice(next(Math.max(1, late.length)), 1) : [];
      if (found !== undefined) await relay.bring(found);
    }
  }

  it.each(seeds)('loses nothing of the data (seed %i)', async (seed) => {
    const offices = await new Offices({
      maxMailOctets: seed % 2 === 0 ? 5_000 : 1_000_000,
      maxMessageOctets: seed % 3 === 0 ? 12_000 : 1_000_000,
    }).open();
    const next = numbersFrom(seed);
    const late: Mail[] = [];
    for (let round = 0; round < 7; round += 1) {
      for (let edits = next(4); edits > 0; edits -= 1) {
        const site = next(2) === 0 ? offices.publisher : offices.subscriber;
        const path = `${at}/${next(8)}`;
        if (next(6) === 0 && (await site.get(path)) !== undefined) await site.remove(path);
        else await site.put(path, card(`${site.context.site} ${next(100)}`, `${next(1_000_000)}`.repeat(next(300))));
      }
      await offices.handOver();
      await relayBadly(offices, next, late);
    }
    await offices.relay.bringAll();
    for (let round = 0; round < 6; round += 1) await offices.sync();
    await offices.expectEqual();
    expect((await offices.subscriber.context.store.subscription(id))?.state.session).toBeUndefined();
  });
});
