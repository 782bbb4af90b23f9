import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { watchMailbox } from '../../../src/adapters/mail/imap-mailbox.ts';
import { SystemClock } from '../../../src/adapters/system/system-clock.ts';

const stack: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of stack.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

/** A server that knows no TLS, or whose word of it somebody on the way has cut out, and that lets nobody in. */
async function serverWithoutTls(capabilities = ''): Promise<{ readonly port: number; readonly heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('* OK ready\r\n');
    createInterface({ input: socket, crlfDelay: Infinity }).on('line', (line) => {
      heard.push(line);
      const [tag = '', command = ''] = line.split(' ');
      if (command === 'CAPABILITY') socket.write(`* CAPABILITY IMAP4rev1${capabilities}\r\n${tag} OK done\r\n`);
      else socket.write(`${tag} NO never\r\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.push(server);
  // Holds: a server that listens at a port has an address of this kind.
  return { port: (server.address() as AddressInfo).port, heard };
}

/** What is reported of the first try. */
async function faultAt(host: string, port: number): Promise<unknown> {
  const stop = new AbortController();
  let fault: unknown;
  const settings = {
    ...{ url: `imap://cps:secret@${host}:${port}`, folder: 'INBOX', processed: 'done', failed: 'bad' },
    ...{ pollMs: 600_000, maxMailOctets: 1000, ca: undefined },
  };
  const work = {
    take: () => Promise.resolve(true),
    tooLarge: () => Promise.resolve(),
    reportFault: (error: unknown) => {
      fault = error;
      stop.abort();
    },
    clock: new SystemClock(),
  };
  await watchMailbox(settings, work, stop.signal);
  return fault;
}

// A name of this machine that is not known as such.
const elsewhere = '0.0.0.0';

describe('the password of a mailbox', () => {
  it.each([
    ['offers no TLS', ''],
    ['offers TLS and does not begin it', ' STARTTLS'],
  ])('does not go to another machine that %s', async (_, capabilities) => {
    const { port, heard } = await serverWithoutTls(capabilities);
    expect(await faultAt(elsewhere, port)).toMatchObject({
      code: 'CON-M003',
      message: expect.stringContaining('imaps:') as string,
    });
    expect(heard.join()).toContain('CAPABILITY');
    expect(heard.join()).not.toMatch(/secret|LOGIN|AUTHENTICATE/i);
  });

  it('goes in clear within this machine', async () => {
    const { port, heard } = await serverWithoutTls();
    expect(await faultAt('127.0.0.1', port)).toMatchObject({ code: 'CON-M003' });
    expect(heard.join()).toMatch(/LOGIN "?cps"? "?secret"?/);
  });
});
