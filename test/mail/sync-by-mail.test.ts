import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PostalMailReader } from '../../src/adapters/mail/postal-mail-reader.ts';
import type { Mail } from '../support/mail-relay.ts';
import { at, id, Offices } from '../support/mail-offices.ts';
import { mailOf } from '../support/mail-relay.ts';
import { card } from '../support/synced-sites.ts';

const hasGpg = spawnSync('gpg', ['--version']).status === 0;
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
