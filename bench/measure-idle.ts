import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { dovecotPrograms, startDovecot } from '../test/mail/servers/dovecot.ts';
import { freePorts, openWithMail, pairByMail } from './mail-pair.ts';
import { recordsPath } from './sites.ts';

/** How long it took from a mail being delivered to its change being in the store, in milliseconds, each time. */
export type IdleDelays =
  | { readonly state: 'measured'; readonly delays: readonly number[] }
  | { readonly state: 'skipped'; readonly reason: string };

const [master, client] = ['master', 'client'];

/** A publisher watches its mailbox at a dovecot; edits of a subscriber are delivered there one by one. */
export async function measureIdle(rounds: number): Promise<IdleDelays> {
  const missing = Object.entries(dovecotPrograms).filter(([, path]) => path === undefined);
  if (missing.length > 0)
    return { state: 'skipped', reason: `not installed: ${missing.map(([program]) => program).join(', ')}` };
  const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  try {
    return { state: 'measured', delays: await measure(directory, rounds) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(directory: string, rounds: number): Promise<readonly number[]> {
  await using dovecot = await startDovecot();
  const [postPort = 0, atSubscriber = 0] = await freePorts(2);
  const deliveredAt: number[] = [];
  await using _post = await startPost(postPort, async (to, raw) => {
    if (!to.startsWith(`${master}@`)) return deliver({ port: atSubscriber }, to, raw);
    await deliver({ port: dovecot.lmtpPort, lmtp: true }, to, raw);
    deliveredAt.push(performance.timeOrigin + performance.now());
  });
  const url = `imap://${master}:secret@127.0.0.1:${dovecot.imapPort}`;
  await using publisher = await openWithMail(join(directory, 'publisher'), {
    ...{ smtpPort: postPort, receiverPort: 0, mailboxes: [{ site: master, url, pollMs: 600_000 }] },
  });
  await using subscriber = await openWithMail(join(directory, 'subscriber'), {
    ...{ smtpPort: postPort, receiverPort: atSubscriber },
  });
  const path = recordsPath;
  await publisher.ask({ do: 'add-site', site: master });
  await subscriber.ask({ do: 'add-site', site: client });
  await publisher.ask({ do: 'load', site: master, path, first: 0, count: rounds });
  await pairByMail({ publisher, subscriber }, { master, client });
  await publisher.ask({ do: 'receive-mail' });
  await subscriber.ask({ do: 'receive-mail' });
  await subscriber.ask({ do: 'sync-by-mail', site: client });
  const delays: number[] = [];
  let { head } = await publisher.ask({ do: 'wait-for-change', site: master, after: 0 });
  for (let round = 0; round < rounds; round++) {
    await subscriber.ask({ do: 'edit', site: client, path, numbers: [round], tag: 'idle' });
    deliveredAt.length = 0;
    const applied = publisher.ask({ do: 'wait-for-change', site: master, after: head });
    await subscriber.ask({ do: 'sync-by-mail', site: client });
    const changed = await applied;
    head = changed.head;
    delays.push(Math.max(0, changed.at - (deliveredAt[0] ?? changed.at)));
  }
  return delays;
}

/** A mail server that only passes mails on. */
async function startPost(port: number, pass: (to: string, raw: Buffer) => Promise<void>): Promise<AsyncDisposable> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, { envelope }, callback) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        for (const { address } of envelope.rcptTo) void pass(address, Buffer.concat(parts));
        // Whoever sends is not kept waiting: a mail server has a queue.
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)) };
}

async function deliver(
  { port, lmtp = false }: { readonly port: number; readonly lmtp?: boolean },
  to: string,
  raw: Buffer,
): Promise<void> {
  const transporter = createTransport({ lmtp, host: '127.0.0.1', port, ignoreTLS: true });
  await transporter.sendMail({ envelope: { from: `${client}@example.org`, to }, raw });
  transporter.close();
}
