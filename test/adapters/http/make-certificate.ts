import type { KeyObject } from 'node:crypto';
import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate with its key, both PEM. */
export interface MadeCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** DER: tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const octets = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...octets]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const time = (date: Date): Buffer =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`, 'latin1'));
const nameOf = (name: string): Buffer =>
  sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(name, 'utf8')))));
const extension = (id: string, ...parts: readonly Uint8Array[]): Buffer =>
  sequence(objectId(id), der(0x04, sequence(...parts)));

function assemble(toSign: Buffer, key: KeyObject): string {
  const algorithm = sequence(objectId('2a8648ce3d040302')); // ecdsa-with-SHA256
  const signature = sign('sha256', toSign, { key, dsaEncoding: 'der' });
  const whole = sequence(toSign, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/**
 * A self-signed certificate for a host name, valid from `validFrom` for a year: a server's own, and its own authority. Written here (RFC 5280, section 4.1), so
 * that no key lies in the repository and none runs out.
 */
export function makeCertificate(host: string, validFrom: Date): MadeCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const validTo = new Date(validFrom.getTime() + 365 * 24 * 3_600_000);
  const isAuthority = extension('551d13', der(0x01, Buffer.from([0xff])));
  const names = extension('551d11', der(0x82, Buffer.from(host, 'latin1')));
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.from([1])),
    sequence(objectId('2a8648ce3d040302')),
    nameOf(host),
    sequence(time(validFrom), time(validTo)),
    nameOf(host),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(isAuthority, names)),
  );
  return {
    certificate: assemble(toSign, privateKey),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
