import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { startReceiver } from '../../../src/adapters/mail/mail-receiver.ts';
import { PostalMailReader } from '../../../src/adapters/mail/postal-mail-reader.ts';

const noise = (octets: number): Buffer => createHash('shake256', { outputLength: octets }).update('noise').digest();
const sumOf = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');
const reader = new PostalMailReader();
const from = 'a@example.org';

/** Sends a mail with one file, and says what each address got, and how often the pieces of it were let go of. */
async function received(content: Buffer, to: readonly string[]) {
  const sums: string[] = [];
  let freed = 0;
  const settings = { host: '127.0.0.1', port: 0, protocol: 'smtp', maxMailOctets: 20_000_000 } as const;
  await using receiver = await startReceiver(settings, {
    knows: () => Promise.resolve(true),
    take: async (_address, mail) => {
      const { files } = await reader.read(mail);
      sums.push(...files.map(({ octets }) => sumOf(octets)));
      return undefined;
    },
    reportFault: () => undefined,
    freeMemory: () => {
      freed += 1;
      return Promise.resolve();
    },
  });
  const sender = createTransport({ host: '127.0.0.1', port: receiver.port, ignoreTLS: true });
  await sender.sendMail({ from, to: [...to], text: 'hello', attachments: [{ filename: 'one.gz', content }] });
  return { sums, freed };
}

describe('a mail that is received', () => {
  it('is the same for each of its addresses, although whoever takes it may write over it', async () => {
    const file = noise(300_000);
    const { sums } = await received(file, ['b@example.org', 'c@example.org']);
    expect(sums).toEqual([sumOf(file), sumOf(file)]);
  });

  it('has its pieces let go of while it comes, where it is large', async () => {
    const file = noise(5_000_000);
    expect(await received(file, ['b@example.org'])).toEqual({ sums: [sumOf(file)], freed: 3 });
    expect((await received(noise(1000), ['b@example.org'])).freed).toBe(0);
  });
});
