import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Pair } from './sites.ts';
import { recordsPath, SiteHost } from './sites.ts';

/** Two processes that have nothing but mail between them. */
export interface MailHosts {
  readonly publisher: SiteHost;
  readonly subscriber: SiteHost;
}

/** Where a process sends mails to, and where it takes them in. */
export interface MailWay {
  readonly smtpPort: number;
  readonly receiverPort: number;
  readonly mailboxes?: readonly unknown[];
}

const host = '127.0.0.1';

/** Opens a data directory whose mails go this way. It receives none before it is asked to. */
export async function openWithMail(
  data: string,
  { smtpPort, receiverPort, mailboxes = [] }: MailWay,
): Promise<SiteHost> {
  mkdirSync(data, { recursive: true });
  const receiver = { protocol: 'smtp', host, port: receiverPort };
  const mail = { smtp: `smtp://${host}:${smtpPort}`, receiver, mailboxes };
  writeFileSync(join(data, 'concord.json'), JSON.stringify({ mail }));
  return SiteHost.open(data);
}

/** The address of a site. */
export function mailOf(site: string): string {
  return `mailto:${site}@example.org`;
}

/** Ports that nobody listens at. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, host, resolve))));
    return servers.map((server) => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    });
  } finally {
    for (const server of servers) server.close();
  }
}

/** Makes a pair by mail, sealed or not, of sites that are there. */
export async function pairByMail(
  { publisher, subscriber }: MailHosts,
  { master, client, isSealed = false }: Pick<Pair, 'master' | 'client'> & { readonly isSealed?: boolean },
): Promise<Pair> {
  const path = recordsPath;
  const sealed = isSealed ? { keyName: 'bench' } : {};
  const texts = isSealed
    ? {
        ofPublisher: await publisher.ask({ do: 'make-key', site: master, keyName: 'bench' }),
        ofSubscriber: await subscriber.ask({ do: 'make-key', site: client, keyName: 'bench' }),
      }
    : undefined;
  await publisher.ask({ do: 'publish', site: master, path, url: mailOf(master), ...sealed });
  const addresses = { publisher: mailOf(master), own: mailOf(client) };
  await subscriber.ask({ do: 'subscribe', site: client, path, ...addresses, ...sealed });
  if (texts !== undefined) {
    await publisher.ask({ do: 'trust-key', site: master, text: texts.ofSubscriber, isOfPublisher: false });
    await subscriber.ask({ do: 'trust-key', site: client, text: texts.ofPublisher, isOfPublisher: true });
  }
  return { publisher, subscriber, master, client };
}
