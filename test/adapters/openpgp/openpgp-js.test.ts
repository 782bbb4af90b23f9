import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpenPgpJs } from '../../../src/adapters/openpgp/openpgp-js.ts';
import type { KeyFacts } from '../../../src/ports/open-pgp.ts';
import { armorRaw, encryptRaw, makeRawKey, signRaw } from '../../support/raw-openpgp.ts';

const pgp = new OpenPgpJs();
const now = Date.now() - 60_000;
const day = 24 * 60 * 60 * 1000;
const text = `<?xml version="1.0"?><SyncML>${'long line '.repeat(2000)}ü</SyncML>`;
const message = new TextEncoder().encode(text);
const maxOctets = 1_000_000;

let ours: KeyFacts;
let theirs: KeyFacts;
let strangers: KeyFacts;

const secret = (key: KeyFacts): string => key.privateKey ?? expect.unreachable('an own key');
const seal = (at = now): Promise<Uint8Array> =>
  pgp.seal(message, { signWith: [secret(theirs)], encryptTo: [ours.publicKey], at });
const unseal = (octets: Uint8Array, known: readonly string[] = [theirs.publicKey], at = now) =>
  pgp.unseal(octets, { openWith: [secret(ours)], known, at, maxOctets });
const refuse = (octets: Uint8Array, known?: readonly string[], at?: number) =>
  expect(unseal(octets, known, at)).rejects.toMatchObject({ name: 'AuthenticityError', code: 'CON-A005' });

beforeAll(async () => {
  [ours, theirs, strangers] = (await Promise.all(
    ['ours', 'theirs', 'strangers'].map((userName) => pgp.makeKey({ userName, at: now - 50 * day })),
  )) as [KeyFacts, KeyFacts, KeyFacts];
});

describe('a sealed message', () => {
  it('is opened by who it is for, and says who signed it', async () => {
    const { octets, signers } = await unseal(await seal(), [strangers.publicKey, theirs.publicKey]);
    expect(Buffer.from(octets).toString()).toBe(text);
    expect(signers).toEqual([theirs.fingerprint]);
  });

  it('may be armored', async () => {
    expect((await unseal(armorRaw(await seal()))).signers).toEqual([theirs.fingerprint]);
  });

  it('is compressed', async () => {
    expect((await seal()).length).toBeLessThan(message.length / 4);
  });

  it('counts when one of two keys that signed it is known, as while keys are changed', async () => {
    const sealed = await pgp.seal(message, {
      signWith: [secret(theirs), secret(strangers)],
      encryptTo: [ours.publicKey],
      at: now,
    });
    expect((await unseal(sealed)).signers).toEqual([theirs.fingerprint]);
    expect((await unseal(sealed, [strangers.publicKey])).signers).toEqual([strangers.fingerprint]);
  });
});

describe('a bad seal is refused:', () => {
  it('not signed', async () => {
    await refuse(await encryptRaw(message, { to: ours.publicKey }));
  });

  it('signed, but not encrypted', async () => {
    await refuse(await signRaw(message, secret(theirs)));
  });

  it('signed by a key that nobody knows', async () => {
    await refuse(await seal(), [strangers.publicKey]);
    await refuse(await seal(), []);
  });

  it('encrypted for another key', async () => {
    await refuse(await pgp.seal(message, { signWith: [secret(theirs)], encryptTo: [strangers.publicKey], at: now }));
  });

  it('encrypted with a password only', async () => {
    await refuse(await encryptRaw(message, { password: 'guess', signWith: secret(theirs) }));
  });

  it('changed on its way, wherever', async () => {
    const sealed = await seal();
    for (const at of [3, 60, 200, Math.floor(sealed.length / 2), sealed.length - 1]) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 0x41;
      await refuse(changed);
    }
  });

  it('cut', async () => {
    const sealed = await seal();
    await refuse(sealed.subarray(0, sealed.length - 30));
    await refuse(sealed.subarray(0, 40));
  });

  it('signed with a key that has expired since', async () => {
    const short = await pgp.makeKey({ userName: 'short', at: now - 10 * day, expiresAfterDays: 5 });
    const sealed = await pgp.seal(message, {
      signWith: [secret(short)],
      encryptTo: [ours.publicKey],
      at: now - 6 * day,
    });
    await refuse(sealed, [short.publicKey]);
  });

  it('signed with a key that was revoked', async () => {
    const revoked = await pgp.revokeKey(secret(theirs), now);
    await refuse(await seal(), [revoked]);
  });

  it('signed long ago, or in the future', async () => {
    const [writer, reader] = await Promise.all(
      ['writer', 'reader'].map((userName) => pgp.makeKey({ userName, at: now - 100 * day })),
    );
    if (writer === undefined || reader === undefined) expect.unreachable('two keys');
    const opening = { openWith: [secret(reader)], known: [writer.publicKey], at: now, maxOctets };
    const sealedAt = (at: number) =>
      pgp.seal(message, { signWith: [secret(writer)], encryptTo: [reader.publicKey], at });
    await expect(pgp.unseal(await sealedAt(now - 40 * day), opening)).rejects.toThrow('too old');
    await expect(pgp.unseal(await sealedAt(now + day), opening)).rejects.toMatchObject({ code: 'CON-A005' });
    expect((await pgp.unseal(await sealedAt(now - 20 * day), opening)).signers).toEqual([writer.fingerprint]);
  });

  it('a bomb that grows beyond the limit', async () => {
    const sealed = await pgp.seal(new Uint8Array(5_000_000), {
      signWith: [secret(theirs)],
      encryptTo: [ours.publicKey],
      at: now,
    });
    expect(sealed.length).toBeLessThan(20_000);
    await refuse(sealed);
  });

  it('no OpenPGP at all', async () => {
    await refuse(message);
    await refuse(Uint8Array.of(0x99, 1, 2, 3));
    await refuse(new Uint8Array());
  });
});

describe('a key', () => {
  it('says what it is', async () => {
    const facts = await pgp.makeKey({ userName: 'Office', email: 'o@example.org', at: now, expiresAfterDays: 10 });
    expect(facts.fingerprint).toMatch(/^[0-9a-f]{40}$/);
    expect(facts.userIds).toEqual(['Office <o@example.org>']);
    expect(Math.abs((facts.expiresAt ?? 0) - now - 10 * day)).toBeLessThan(2000);
    const read = await pgp.readKey(facts.publicKey, { at: now });
    expect(read).toMatchObject({ fingerprint: facts.fingerprint, privateKey: undefined, isRevoked: false });
    const revoked = await pgp.readKey(await pgp.revokeKey(secret(facts), now), { at: now });
    expect(revoked.isRevoked).toBe(true);
  });

  it('is read with its passphrase only', async () => {
    const { privateKey } = await makeRawKey('locked', 'open sesame');
    await expect(pgp.readKey(privateKey, { at: now })).rejects.toMatchObject({ code: 'CON-K002' });
    await expect(pgp.readKey(privateKey, { at: now, passphrase: 'wrong' })).rejects.toMatchObject({ code: 'CON-K002' });
    expect((await pgp.readKey(privateKey, { at: now, passphrase: 'open sesame' })).privateKey).toBeDefined();
  });

  it('is no key when it is something else, or two', async () => {
    for (const wrong of ['', 'no key', `${ours.publicKey}\n${theirs.publicKey}`])
      await expect(pgp.readKey(wrong, { at: now })).rejects.toMatchObject({ code: 'CON-K002' });
  });
});

const hasGpg = spawnSync('gpg', ['--version']).status === 0;
const gpgTitle = hasGpg ? 'with GnuPG' : 'with GnuPG (skipped: gpg is not installed)';

describe.skipIf(!hasGpg)(gpgTitle, () => {
  let home: string;
  let file: string;
  const gpg = (args: readonly string[], input?: string | Uint8Array): Buffer =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--yes', '--trust-model', 'always', ...args], {
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 50_000_000,
    });

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'concord-gpg-'));
    file = join(home, 'message');
    gpg(['--import'], secret(ours));
    gpg(['--import'], theirs.publicKey);
  });

  afterAll(() => {
    spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']);
    rmSync(home, { recursive: true, force: true });
  });

  it('gpg opens and verifies what we seal', async () => {
    writeFileSync(file, await seal());
    const { status, stdout, stderr } = spawnSync(
      'gpg',
      ['--homedir', home, '--batch', '--trust-model', 'always', '--status-fd', '2', '--decrypt', file],
      { maxBuffer: 50_000_000 },
    );
    expect(status).toBe(0);
    expect(stdout.toString()).toBe(text);
    expect(stderr.toString()).toContain(`VALIDSIG ${theirs.fingerprint.toUpperCase()}`);
  });

  it.each(['ed25519'])('we open and verify what gpg signs and encrypts with a key of its own (%s)', async (kind) => {
    const user = `gpg-${kind}`;
    gpg(['--passphrase', '', '--quick-generate-key', user, kind, 'sign', 'never']);
    const theirKey = gpg(['--armor', '--export', user]).toString();
    const facts = await pgp.readKey(theirKey, { at: Date.now() });
    const sealed = gpg(['-u', user, '-r', ours.fingerprint, '--sign', '--encrypt'], message);
    const { octets, signers } = await unseal(sealed, [theirKey], Date.now());
    expect(Buffer.from(octets).toString()).toBe(text);
    expect(signers).toEqual([facts.fingerprint]);
  });

  it('an own key may come from gpg, with its date of expiry', async () => {
    gpg(['--passphrase', '', '--quick-generate-key', 'whole', 'future-default', 'default', '1y']);
    const exported = gpg(['--passphrase', '', '--armor', '--export-secret-keys', 'whole']);
    const facts = await pgp.readKey(exported.toString(), { at: Date.now() });
    expect(facts.expiresAt).toBeGreaterThan(Date.now());
    const whole = { signWith: [secret(facts)], encryptTo: [facts.publicKey], at: Date.now() };
    writeFileSync(file, await pgp.seal(message, whole));
    expect(gpg(['--decrypt', file]).toString()).toBe(text);
  });

  it('gpg believes our revocation', async () => {
    const key = await pgp.makeKey({ userName: 'gone', at: now - day });
    gpg(['--import'], await pgp.revokeKey(secret(key), now));
    expect(gpg(['--with-colons', '--list-keys', key.fingerprint]).toString()).toMatch(/^pub:r:/m);
  });
});
