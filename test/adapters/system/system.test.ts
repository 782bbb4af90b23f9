import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyFileVault } from '../../../src/adapters/system/key-file-vault.ts';
import { RandomIdentifiers } from '../../../src/adapters/system/random-identifiers.ts';
import { SystemClock } from '../../../src/adapters/system/system-clock.ts';

describe('identifiers', () => {
  it('are UUIDs of version 7 that sort in the order in which they were made, whatever the clock does', () => {
    const times = [5000, 5000, 4000, 6000];
    let at = 0;
    const identifiers = new RandomIdentifiers(() => times[Math.floor(at++ / 5000)] ?? 7000);
    const gids = Array.from({ length: 21_000 }, () => identifiers.gid());
    expect(gids.every((one) => /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(one))).toBe(
      true,
    );
    expect(gids.toSorted()).toEqual(gids);
    expect(new Set(gids).size).toBe(gids.length);
  });

  it('begin with the time', () => {
    const gid = new RandomIdentifiers(() => 0x0123_4567_89ab).gid();
    expect(gid.slice(0, 13)).toBe('01234567-89ab');
  });

  it('are never twice the same, and long enough to be guessed by nobody', () => {
    const identifiers = new RandomIdentifiers();
    expect(identifiers.random()).toMatch(/^[\w-]{22}$/);
    expect(identifiers.secret()).toMatch(/^[\w-]{43}$/);
    expect(identifiers.secret()).not.toBe(identifiers.secret());
  });
});

describe('the clock', () => {
  it('wakes up without an error when the signal is aborted', async () => {
    const abort = new AbortController();
    const sleeping = new SystemClock().sleep(3_600_000, abort.signal);
    abort.abort();
    await expect(sleeping).resolves.toBeUndefined();
    await expect(new SystemClock().sleep(3_600_000, abort.signal)).resolves.toBeUndefined();
  });
});

describe('the vault', () => {
  let folder = '';
  let file = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'concord-vault-'));
    file = join(folder, 'vault.key');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('opens what it sealed, also in another process, and does not show it', () => {
    const sealed = new KeyFileVault(file).seal('pässword');
    expect(sealed).not.toContain('ssword');
    expect(new KeyFileVault(file).open(sealed)).toBe('pässword');
    expect(new KeyFileVault(file).open(new KeyFileVault(file).seal(''))).toBe('');
  });

  it('seals the same secret differently each time', () => {
    const vault = new KeyFileVault(file);
    expect(vault.seal('x')).not.toBe(vault.seal('x'));
  });

  it('keeps the key in a file for its owner only, and leaves nothing beside it', () => {
    new KeyFileVault(file).seal('x');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(file).size).toBe(32);
    expect(readdirSync(folder)).toEqual(['vault.key']);
  });

  it('refuses by CON-A004 what was changed, is cut off, or was sealed under another key', () => {
    const vault = new KeyFileVault(file);
    const sealed = vault.seal('secret');
    const last = sealed.at(-1) === 'A' ? 'B' : 'A';
    const wrong = ['', 'v1.', 'v2' + sealed.slice(2), sealed.slice(0, -8), sealed.slice(0, 4) + 'x' + sealed.slice(5)];
    for (const text of [...wrong, sealed.slice(0, 20) + last + sealed.slice(21)]) {
      if (text === sealed) continue;
      expect(() => vault.open(text), text).toThrow(expect.objectContaining({ code: 'CON-A004' }));
    }
    const other = new KeyFileVault(join(folder, 'other.key'));
    expect(() => other.open(sealed)).toThrow(expect.objectContaining({ code: 'CON-A004' }));
    writeFileSync(join(folder, 'short.key'), 'short');
    expect(() => new KeyFileVault(join(folder, 'short.key')).open(sealed)).toThrow(
      expect.objectContaining({ code: 'CON-A004' }),
    );
  });
});
