import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { startReceiver } from '../../../src/adapters/mail/mail-receiver.ts';
import { PostalMailReader } from '../../../src/adapters/mail/postal-mail-reader.ts';
import { RequestError } from '../../../src/errors/concord-error.ts';

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

/** Brings one mail for all addresses; says who was asked, and what is answered when it has come. */
async function answersFor(protocol: 'smtp' | 'lmtp', names: readonly string[]) {
  const asked: string[] = [];
  const faults: unknown[] = [];
  await using receiver = await startReceiver(
    { host: '127.0.0.1', port: 0, protocol, maxMailOctets: 1000 },
    {
      knows: () => Promise.resolve(true),
      take: async (address) => {
        const [name = ''] = address.split('@');
        asked.push(name);
        if (name === 'busy') throw new RequestError('CON-E001', 'A sync is running', { retry: 'later' });
        if (name === 'broken') throw new TypeError('a fault');
        return name.startsWith('not') ? `${name} here` : undefined;
      },
      reportFault: (error) => faults.push(error),
    },
  );
  const socket = connect(receiver.port, '127.0.0.1');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const said = async (): Promise<string> => {
    for (;;) {
      const line: IteratorResult<string, unknown> = await lines.next();
      if (line.done === true) throw new TypeError('the receiver has gone');
      if (line.value[3] === ' ') return line.value;
    }
  };
  const say = (line: string): Promise<string> => {
    socket.write(`${line}\r\n`);
    return said();
  };
  await said();
  await say(protocol === 'lmtp' ? 'LHLO test' : 'EHLO test');
  await say(`MAIL FROM:<${from}>`);
  for (const name of names) await say(`RCPT TO:<${name}@example.org>`);
  await say('DATA');
  const answers = [await say('Subject: hello\r\n\r\nhello\r\n.')];
  if (protocol === 'lmtp') for (const _ of names.slice(1)) answers.push(await said());
  const closed = once(socket, 'close');
  socket.end('QUIT\r\n');
  await closed;
  return { asked, answers: answers.map((answer) => answer.replace(/^(\d{3}) \d\.\d\.\d /, '$1 ')), faults };
}

describe('a mail for several addresses', () => {
  it('is taken or refused for each by itself, where the server hears an answer for each', async () => {
    const names = ['not-one', 'two', 'busy', 'broken', 'not-three', 'four'];
    const { asked, answers, faults } = await answersFor('lmtp', names);
    expect(asked).toEqual(names);
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['550', '250', '451', '451', '550', '250']);
    expect(answers[4]).toContain('not-three here');
    expect(faults).toEqual([expect.any(TypeError)]);
  });

  it.each([
    ['taken by one is not sent back', ['not-one', 'two'], /^250 /],
    ['refused by all is sent back with every reason', ['not-one', 'not-two'], /^550 .*not-one here; not-two here/],
    ['put off by one comes again', ['not-one', 'two', 'busy', 'three'], /^451 /],
  ])('and %s, where there is one answer for all', async (_, names, answer) => {
    const { asked, answers } = await answersFor('smtp', names);
    expect(asked).toEqual(names);
    expect(answers).toEqual([expect.stringMatching(answer)]);
  });
});
