import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MailHosts } from './mail-pair.ts';
import { freePorts, openWithMail, pairByMail } from './mail-pair.ts';
import type { Pair } from './sites.ts';
import { expectAgreement, recordsPath } from './sites.ts';

/** Resident memory in MB: of a process that has taken in a small mail and waits for the next, and the most it had while it took in a large one. */
export interface MailMemory {
  readonly idle: number;
  readonly peak: number;
}

/** What one large mail takes. */
export interface LargeMail {
  readonly megabytes: number;
  readonly atPublisher: MailMemory;
  readonly atSubscriber: MailMemory;
}

/** Records that hardly get shorter, so many that their mail has just under ten million octets. */
const records = 9_000;

/** One large mail to a publisher, another one to a subscriber, each taken in by a process that has done nothing else but a small one. */
export async function measureMailMemory(count = records): Promise<LargeMail> {
  return {
    megabytes: 10,
    atPublisher: await measureAt('publisher', count),
    atSubscriber: await measureAt('subscriber', count),
  };
}

async function measureAt(side: 'publisher' | 'subscriber', count: number): Promise<MailMemory> {
  const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  try {
    const ports = await freePorts(2);
    const small: Pick<Pair, 'master' | 'client'> = { master: 'small-master', client: 'small-client' };
    const large: Pick<Pair, 'master' | 'client'> = { master: 'large-master', client: 'large-client' };
    {
      // Those who load the records are not those who are measured.
      await using hosts = await openBoth(directory, ports);
      for (const sites of [small, large]) {
        const path = recordsPath;
        const holds = sites === large ? count : 10;
        await hosts.publisher.ask({ do: 'add-site', site: sites.master });
        await hosts.subscriber.ask({ do: 'add-site', site: sites.client });
        const [holder, site] =
          side === 'publisher' ? [hosts.subscriber, sites.client] : [hosts.publisher, sites.master];
        await holder.ask({ do: 'load', site, path, first: 0, count: holds, isNoise: true });
        await hosts.publisher.ask({ do: 'load', site: sites.master, path, first: 0, count: 0 });
        await pairByMail(hosts, sites);
      }
    }
    await using hosts = await openBoth(directory, ports);
    await hosts.publisher.ask({ do: 'receive-mail' });
    await hosts.subscriber.ask({ do: 'receive-mail' });
    await hosts.subscriber.ask({ do: 'sync-by-mail', site: small.client });
    const { residentMegabytes: idle } = await hosts[side].ask({ do: 'measure' });
    await hosts.subscriber.ask({ do: 'sync-by-mail', site: large.client });
    const { peakMegabytes: peak } = await hosts[side].ask({ do: 'measure' });
    await expectAgreement({ ...hosts, ...large });
    return { idle, peak };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function openBoth(
  directory: string,
  [atPublisher = 0, atSubscriber = 0]: readonly number[],
): Promise<MailHosts & AsyncDisposable> {
  const publisher = await openWithMail(join(directory, 'publisher'), {
    ...{ smtpPort: atSubscriber, receiverPort: atPublisher },
  });
  const subscriber = await openWithMail(join(directory, 'subscriber'), {
    ...{ smtpPort: atPublisher, receiverPort: atSubscriber },
  });
  return {
    publisher,
    subscriber,
    [Symbol.asyncDispose]: async () => {
      await publisher[Symbol.asyncDispose]();
      await subscriber[Symbol.asyncDispose]();
    },
  };
}
