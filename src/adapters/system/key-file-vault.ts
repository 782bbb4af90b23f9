import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { AuthenticityError } from '../../errors/concord-error.ts';
import type { Vault } from '../../ports/vault.ts';

const cipher = 'aes-256-gcm';
const keyOctets = 32;
const nonceOctets = 12;
const tagOctets = 16;
const version = 'v1';

/**
 * Seals with AES-256-GCM under a key that lies in a file of its own, readable by its owner only. The file is made when something is sealed for the first time.
 * `:memory:` for a key that goes with the object.
 */
export class KeyFileVault implements Vault {
  readonly #file: string;
  #key: Buffer | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  seal(secret: string): string {
    const nonce = randomBytes(nonceOctets);
    const sealing = createCipheriv(cipher, this.#readKey(), nonce);
    const sealed = Buffer.concat([nonce, sealing.update(secret, 'utf8'), sealing.final(), sealing.getAuthTag()]);
    return `${version}.${sealed.toString('base64url')}`;
  }

  open(sealed: string): string {
    const [found, text = ''] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    if (found !== version || bytes.length < nonceOctets + tagOctets) throw this.#refusal();
    try {
      const opening = createDecipheriv(cipher, this.#readKey(), bytes.subarray(0, nonceOctets), {
        authTagLength: tagOctets,
      });
      opening.setAuthTag(bytes.subarray(-tagOctets));
      const secret = opening.update(bytes.subarray(nonceOctets, -tagOctets));
      return Buffer.concat([secret, opening.final()]).toString('utf8');
    } catch (cause) {
      throw this.#refusal(cause);
    }
  }

  #readKey(): Buffer {
    this.#key ??= this.#file === ':memory:' ? randomBytes(keyOctets) : readOrMakeKey(this.#file);
    if (this.#key.length !== keyOctets) throw this.#refusal();
    return this.#key;
  }

  #refusal(cause?: unknown): AuthenticityError {
    return new AuthenticityError('CON-A004', `A stored password does not open with the key in ${this.#file}`, {
      cause,
    });
  }
}

/** Two processes that come together make one key: the file gets its name only once, and complete. */
function readOrMakeKey(file: string): Buffer {
  if (existsSync(file)) return readFileSync(file);
  const own = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(own, randomBytes(keyOctets), { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(own, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    unlinkSync(own);
  }
  return readFileSync(file);
}
