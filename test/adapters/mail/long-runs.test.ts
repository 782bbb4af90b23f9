import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { shortenMail } from '../../../src/adapters/mail/long-runs.ts';
import { PostalMailReader } from '../../../src/adapters/mail/postal-mail-reader.ts';

const noise = (octets: number): Buffer => createHash('shake256', { outputLength: octets }).update('noise').digest();
const sumOf = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');
const reader = new PostalMailReader();

async function written(files: readonly { readonly filename: string; readonly content: Buffer }[]): Promise<Buffer> {
  const writer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const attachments = files.map((file) => ({ ...file, contentType: 'application/gzip' }));
  const { message } = await writer.sendMail({ from: 'a@example.org', to: 'b@example.org', text: 'hello', attachments });
  if (!Buffer.isBuffer(message)) throw new TypeError('the mail was not written whole');
  return message;
}

function inParts(...parts: readonly string[]): Buffer {
  const head = 'From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n';
  return Buffer.from(`${head}${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`, 'latin1');
}

describe('a mail with large files', () => {
  it.each([100_000, 100_001, 100_002, 3_000_000])('is read as it was written (%i octets)', async (octets) => {
    const files = [
      { filename: 'one.gz', content: noise(octets) },
      { filename: 'small.gz', content: noise(1000) },
      { filename: 'two.gz', content: noise(octets + 7) },
    ];
    const raw = await written(files);
    const { mail } = shortenMail(raw);
    expect(mail.length).toBeLessThan(10_000);
    const read = await reader.read(raw);
    const sums = read.files.map(({ name, octets: content }) => [name, sumOf(content)]);
    expect(sums).toEqual(files.map(({ filename, content }) => [filename, sumOf(content)]));
    expect(read.text.trim()).toBe('hello');
  });

  it('has each file once, whatever other files say', async () => {
    const content = noise(100_000);
    const raw = await written([
      { filename: 'mark.gz', content: Buffer.from('a long run of base64, number 0000000') },
      { filename: 'one.gz', content },
      { filename: 'two.gz', content: Buffer.from('another') },
    ]);
    const { files } = await reader.read(raw);
    // Whoever writes the mark gets what is in the same mail, and no second time.
    expect(files.map(({ octets }) => octets.length)).toEqual([content.length, 36, 7]);
  });

  it('is searched once for each small file, however many runs are no file', () => {
    const run = `${'QUJD'.repeat(18)}\r\n`.repeat(900);
    const { mail, restored } = shortenMail(Buffer.from(`${run}!\r\n`.repeat(300), 'latin1'));
    expect(mail.length).toBeLessThan(20_000);
    const small = Buffer.from('YSBsb25nIHJ1biBvZi'.repeat(3_600), 'latin1');
    // Would take a minute if each were looked through for each run.
    for (let files = 0; files < 20_000; files += 1) expect(restored(small) === small).toBe(true);
  });

  it('is restored where what looks like a mark stands before it', () => {
    const run = `${'QUJD'.repeat(18)}\r\n`.repeat(900).trimEnd();
    const { mail, restored } = shortenMail(Buffer.from(`${run}\r\n!\r\n${run}`, 'latin1'));
    const marks = Buffer.from(mail).toString('latin1').split('\r\n!\r\n');
    const [first = '', second = ''] = marks;
    const text = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');
    const unknown = Buffer.from('a long run of base64, number 0000009').toString('base64');
    const before = `x${first.slice(0, 40)}${unknown}-`;
    expect(text(restored(Buffer.from(`${before}${second}=`)))).toBe(`${before}${run}=`);
    expect(text(restored(Buffer.from(`${second}${first}`)))).toBe(`${second}${run}`);
    expect(text(restored(Buffer.from(`${second}${first}`)))).toBe(`${second}${first}`);
  });

  it('keeps what is armored, quoted or no base64 as it stands', async () => {
    const lines = (noise(200_000).toString('base64').match(/.{64}/g) ?? []).join('\r\n');
    const armored = `-----BEGIN PGP MESSAGE-----\r\n\r\n${lines}\r\n=abcd\r\n-----END PGP MESSAGE-----`;
    const raw = inParts(
      `Content-Type: application/octet-stream; name=a\r\nContent-Disposition: attachment; filename=a\r\n\r\n${armored}`,
      `Content-Type: message/rfc822\r\n\r\nSubject: quoted\r\n\r\n${lines}`,
      `Content-Type: text/plain; name=c\r\nContent-Disposition: attachment; filename=c\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${lines}`,
    );
    const { files } = await reader.read(raw);
    const textOf = (at: number): string =>
      Buffer.from(files[at]?.octets ?? [])
        .toString('latin1')
        .replace(/\r?\n/g, '\n')
        .trim();
    expect(textOf(0)).toBe(armored.replace(/\r\n/g, '\n'));
    expect(textOf(1)).toBe(`Subject: quoted\n\n${lines.replace(/\r\n/g, '\n')}`);
    expect(textOf(2)).toBe(lines.replace(/\r\n/g, '\n'));
  });

  it('in lines of any length and end is read', async () => {
    const content = noise(100_000);
    const base64 = content.toString('base64');
    for (const body of [
      base64,
      (base64.match(/.{1,60}/g) ?? []).join('\n'),
      (base64.match(/.{1,77}/g) ?? []).join('\r\n'),
    ]) {
      const head =
        'Content-Type: application/gzip\r\nContent-Disposition: attachment; filename=a.gz\r\nContent-Transfer-Encoding: base64';
      const { files } = await reader.read(inParts(`${head}\r\n\r\n${body}`));
      expect(sumOf(files[0]?.octets ?? new Uint8Array())).toBe(sumOf(content));
    }
  });
});

describe('a file that is unpacked', () => {
  it('may lie about its size', async () => {
    const packed = gzipSync(Buffer.alloc(100_000, 'x'));
    for (const size of [0, 1, 99_999, 100_000, 2 ** 32 - 1]) {
      packed.writeUInt32LE(size, packed.length - 4);
      const honest = size === 100_000;
      const unpacking = reader.unpack(packed, 1_000_000);
      if (honest) expect(await unpacking).toHaveLength(100_000);
      else await expect(unpacking).rejects.toMatchObject({ code: 'CON-M001' });
    }
  });

  it('may be shorter than the end of one', async () => {
    await expect(reader.unpack(Buffer.from([0x1f, 0x8b]), 1000)).rejects.toMatchObject({ code: 'CON-M001' });
  });
});
