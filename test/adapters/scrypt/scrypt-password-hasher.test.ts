import { describe, expect, it } from 'vitest';
import { RememberingPasswordHasher } from '../../../src/adapters/scrypt/remembering-password-hasher.ts';
import { ScryptPasswordHasher } from '../../../src/adapters/scrypt/scrypt-password-hasher.ts';
import type { PasswordHasher } from '../../../src/ports/password-hasher.ts';

/** Cheap, so that the rules can be tried often. */
const cheap = { cost: 2, blockSize: 1, parallelization: 1 };

describe('a password hash', () => {
  const hasher = new ScryptPasswordHasher(cheap);

  it.each(['password', 'with:colon:', ' blanks ', 'пароль', '密码🔑', 'a'.repeat(1000)])(
    'fits %j and nothing else',
    async (password) => {
      const hash = await hasher.hash(password);
      expect(await hasher.verify(password, hash)).toBe(true);
      expect(await hasher.verify(`${password} `, hash)).toBe(false);
      expect(await hasher.verify('', hash)).toBe(false);
    },
  );

  it('carries its parameters, and a salt of its own each time', async () => {
    const first = await hasher.hash('secret');
    expect(first).toMatch(/^scrypt\$2\$1\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await hasher.hash('secret')).not.toBe(first);
  });

  it('is verified with the parameters it was made with, whatever new ones are made with', async () => {
    const dearer = new ScryptPasswordHasher({ cost: 1024, blockSize: 8, parallelization: 1 });
    expect(await dearer.verify('secret', await hasher.hash('secret'))).toBe(true);
    expect(await hasher.verify('secret', await dearer.hash('secret'))).toBe(true);
  });

  it('costs 32 MB unless said otherwise', async () => {
    expect(await new ScryptPasswordHasher().hash('secret')).toMatch(/^scrypt\$32768\$8\$1\$/);
  });

  it('takes the same letters for the same password, however the keyboard composes them', async () => {
    expect(await hasher.verify('re\u0301sume\u0301', await hasher.hash('résumé'))).toBe(true);
  });

  it.each([
    '',
    'plain',
    'scrypt$2$1$1$c2FsdA$short',
    'scrypt$3$1$1$c2FsdA$' + 'a'.repeat(43),
    'scrypt$16777216$8$1$c2FsdA$' + 'a'.repeat(43),
  ])('that is none or costs too much fits nothing: %j', async (text) => {
    expect(await hasher.verify('secret', text)).toBe(false);
  });

  it('fits nothing where there is no account', async () => {
    expect(await hasher.verify('secret', undefined)).toBe(false);
  });

  it('is made for many at once without losing one', async () => {
    const hashes = await Promise.all(Array.from({ length: 50 }, (_, index) => hasher.hash(String(index))));
    const fits = await Promise.all(hashes.map((hash, index) => hasher.verify(String(index), hash)));
    expect(fits).not.toContain(false);
  });
});

/** Counts what reaches the slow hasher: the edge that is spared. */
class CountingHasher implements PasswordHasher {
  verifications = 0;

  async hash(password: string): Promise<string> {
    return password;
  }

  async verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    this.verifications += 1;
    return password === passwordHash;
  }
}

describe('a remembered password', () => {
  let now = 0;
  const clock = { now: () => now, sleep: async () => undefined };

  it('is verified again after five minutes, not before', async () => {
    const slow = new CountingHasher();
    const hasher = new RememberingPasswordHasher(slow, clock);
    for (const at of [0, 1, 299_999, 300_000]) {
      now = at;
      expect(await hasher.verify('secret', 'secret')).toBe(true);
    }
    expect(slow.verifications).toBe(2);
  });

  it('is forgotten as soon as the account has another hash', async () => {
    const hasher = new RememberingPasswordHasher(new CountingHasher(), clock);
    expect(await hasher.verify('secret', 'secret')).toBe(true);
    expect(await hasher.verify('secret', 'changed')).toBe(false);
  });

  it('is verified once for all that ask at the same time', async () => {
    const slow = new CountingHasher();
    const hasher = new RememberingPasswordHasher(slow, clock);
    const answers = await Promise.all(Array.from({ length: 20 }, () => hasher.verify('secret', 'secret')));
    expect(answers).not.toContain(false);
    expect(slow.verifications).toBe(1);
  });

  it('is never a wrong one: those cost each time', async () => {
    const slow = new CountingHasher();
    const hasher = new RememberingPasswordHasher(slow, clock);
    await hasher.verify('wrong', 'secret');
    await hasher.verify('wrong', 'secret');
    await hasher.verify('wrong', undefined);
    expect(slow.verifications).toBe(3);
  });
});
