import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { MailTaker, RunningReceiver } from '../../../src/adapters/mail/mail-receiver.ts';
import { startReceiver } from '../../../src/adapters/mail/mail-receiver.ts';
import { PostalMailReader } from '../../../src/adapters/mail/postal-mail-reader.ts';
import type { SmtpSettings } from '../../../src/adapters/mail/smtp-transport.ts';
import { SmtpTransport } from '../../../src/adapters/mail/smtp-transport.ts';
import { StoreError } from '../../../src/errors/concord-error.ts';
import type { OutgoingMessage } from '../../../src/ports/transport.ts';
import { HandClock } from '../../support/memory-site.ts';

const stack: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of stack.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

interface Received {
  readonly address: string;
  readonly mail: Uint8Array;
}

/** A receiver that knows one address, and a way to it. */
async function mailServer(
  more: Partial<MailTaker> & { readonly maxMailOctets?: number; readonly protocol?: 'smtp' | 'lmtp' } = {},
): Promise<{
  readonly transport: SmtpTransport;
  readonly taken: readonly Received[];
  readonly receiver: RunningReceiver;
}> {
  const taken: Received[] = [];
  const taker: MailTaker = {
    knows: (address) => Promise.resolve(address === 'cps@example.org'),
    take: (address, mail) => {
      taken.push({ address, mail });
      return Promise.resolve(undefined);
    },
    reportFault: () => undefined,
    ...more,
  };
  const { maxMailOctets = 1_000_000, protocol = 'smtp' } = more;
  const receiver = await startReceiver({ host: '127.0.0.1', port: 0, protocol, maxMailOctets }, taker);
  stack.push(receiver);
  return { transport: open(`smtp://127.0.0.1:${receiver.port}`), taken, receiver };
}

function open(url: string, more: Partial<SmtpSettings> = {}): SmtpTransport {
  const usual = { url, from: undefined, maxMailOctets: 500_000, timeoutMs: 2_000, proxy: undefined, ca: undefined };
  const settings = { ...usual, ...more };
  const transport = new SmtpTransport(settings, new HandClock());
  stack.push(transport);
  return transport;
}

/** A mail server that answers every mail so. */
async function answering(answer: string): Promise<number> {
  const { SMTPServer } = await import('smtp-server');
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData: (stream, _session, callback) => {
      stream.resume().on('end', () => {
        callback(Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) }));
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.push({ [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) });
  const address = server.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const message = (to = 'cps@example.org', octets = 100): OutgoingMessage => ({
  url: `mailto:${to}`,
  body: Buffer.from(`<SyncML>${'x'.repeat(octets)}</SyncML>`),
  contentType: 'application/vnd.syncml+xml',
  route: {
    kind: 'request',
    from: 'mailto:Client@example.org',
    publication: 'Bücher',
    subscription: 'mailto:client@example.org',
    session: 'S'.repeat(22),
    message: 1,
  },
});

describe('a mail over SMTP', () => {
  it('comes to who has the address, as it was sent', async () => {
    const { transport, taken } = await mailServer();
    expect(await transport.deliver(message())).toEqual({ outcome: 'handed-over' });
    const [received] = taken;
    const mail = await new PostalMailReader().read(received?.mail ?? new Uint8Array());
    expect(received?.address).toBe('cps@example.org');
    expect(mail).toMatchObject({ subject: 'Bücher', from: 'client@example.org', kind: 'mail' });
    const [file] = mail.files;
    const unpacked = await new PostalMailReader().unpack(file?.octets ?? new Uint8Array(), 10_000);
    expect(Buffer.from(unpacked)).toEqual(Buffer.from(message().body));
  });

  it('for nobody is refused at once', async () => {
    const { transport, taken } = await mailServer();
    await expect(transport.deliver(message('nobody@example.org'))).rejects.toMatchObject({
      code: 'CON-M002',
      retry: 'never',
    });
    expect(taken).toEqual([]);
  });

  it('that cannot be taken now is kept by the sender', async () => {
    const busy = () => Promise.reject(new StoreError('CON-D001', 'locked', { retry: 'later' }));
    const { transport } = await mailServer({ take: busy });
    await expect(transport.deliver(message())).rejects.toMatchObject({ code: 'CON-T005', retry: 'later' });
  });

  it('that comes while the disk is full is kept by the sender', async () => {
    const { transport } = await mailServer({
      take: () => Promise.reject(new StoreError('CON-D002', 'The disk is full')),
    });
    await expect(transport.deliver(message())).rejects.toMatchObject({ code: 'CON-T005', retry: 'later' });
  });

  it.each([
    ['552 5.3.4 Message size exceeds fixed limit', 'CON-M005', 'never'],
    ['552 5.2.3 Message length exceeds administrative limit', 'CON-M005', 'never'],
    ['552 Message too large', 'CON-M005', 'never'],
    ['552 5.2.2 Mailbox full', 'CON-M006', 'later'],
    ['552 Quota exceeded', 'CON-M006', 'later'],
    ['452 4.2.2 Mailbox full', 'CON-M006', 'later'],
    ['554 5.7.1 No', 'CON-M002', 'never'],
  ])('that is answered with “%s” is told as %s', async (answer, code, retry) => {
    const transport = open(`smtp://127.0.0.1:${await answering(answer)}`);
    await expect(transport.deliver(message())).rejects.toMatchObject({ code, retry });
  });

  it('that a script refuses is told so', async () => {
    const { transport } = await mailServer({ take: () => Promise.resolve('not on Sundays') });
    await expect(transport.deliver(message())).rejects.toThrow('not on Sundays');
  });

  it('that is too large is refused, and the next is taken', async () => {
    const { transport, taken } = await mailServer({ maxMailOctets: 2_000 });
    const large = { ...message(), body: createHash('shake256', { outputLength: 9_000 }).update('noise').digest() };
    await expect(transport.deliver(large)).rejects.toMatchObject({ code: 'CON-M005' });
    await transport.deliver(message());
    expect(taken).toHaveLength(1);
  });

  it('to a server that is not there, or is no mail server, is tried again', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const address = closed.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    closed.on('connection', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(open(`smtp://127.0.0.1:${port}`).deliver(message())).rejects.toMatchObject({ code: 'CON-T001' });
    await new Promise((resolve) => closed.close(resolve));
    await expect(open(`smtp://127.0.0.1:${port}`).deliver(message())).rejects.toMatchObject({
      code: 'CON-T001',
      retry: 'later',
    });
  });
});

describe('a connection to a mail server', () => {
  it('is closed soon after the last mail, which it would hold on to', async () => {
    const { receiver, taken } = await mailServer();
    const between = createServer((socket) => {
      socket.pipe(connect(receiver.port, '127.0.0.1')).pipe(socket);
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    const address = between.address();
    const connected = once(between, 'connection');
    const transport = open(`smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, {
      idleMs: 1,
      timeoutMs: 60_000,
    });
    await transport.deliver(message());
    // What a server is told of a connection is its socket.
    const [socket] = (await connected) as [NodeJS.EventEmitter & { readonly destroyed: boolean }];
    if (!socket.destroyed) await once(socket, 'close');
    await new Promise((resolve) => between.close(resolve));
    expect(taken).toHaveLength(1);
  });
});

describe('a receiver', () => {
  it('says that its port is in use', async () => {
    const { receiver } = await mailServer();
    const settings = { host: '127.0.0.1', port: receiver.port, protocol: 'lmtp', maxMailOctets: 1 } as const;
    const taker = {
      knows: () => Promise.resolve(true),
      take: () => Promise.resolve(undefined),
      reportFault: () => undefined,
    };
    await expect(startReceiver(settings, taker)).rejects.toMatchObject({ code: 'CON-C002' });
  });

  it('does not wait, when it stops, for mail servers that keep a connection for their next mail', async () => {
    const { transport, receiver } = await mailServer();
    await transport.deliver(message());
    const socket = connect(receiver.port, '127.0.0.1');
    await once(socket, 'data');
    const closed = once(socket, 'close');
    socket.resume();
    await receiver[Symbol.asyncDispose]();
    await closed;
    await expect(transport.deliver(message())).rejects.toMatchObject({ code: 'CON-T001', retry: 'later' });
  });

  it('speaks LMTP to those who greet it so', async () => {
    const { receiver } = await mailServer({ protocol: 'lmtp' });
    const { connect } = await import('node:net');
    const heard = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(receiver.port, '127.0.0.1');
      socket.on('data', (data) => {
        text += data.toString();
        if (text.startsWith('220') && !text.includes('250')) socket.write('LHLO test\r\n');
        if (text.includes('250 ') && !socket.writableEnded) socket.end('QUIT\r\n');
      });
      socket.on('close', () => {
        resolve(text);
      });
    });
    expect(heard).toContain('LMTP');
  });
});
