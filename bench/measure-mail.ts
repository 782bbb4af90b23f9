import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, openWithMail, pairByMail } from './mail-pair.ts';
import type { Pair } from './sites.ts';
import { expectAgreement, makePair, recordsPath, syncPair } from './sites.ts';

/** Milliseconds that a first sync took, to the subscriber (`down`) and from it (`up`). */
export interface FirstSyncs {
  readonly down: number;
  readonly up: number;
}

/** One run: the same documents by each way, on the same two processes. */
export interface MailRun {
  readonly http: FirstSyncs;
  readonly mail: FirstSyncs;
  readonly sealed: FirstSyncs;
}

type WayName = keyof MailRun;

/** Both processes do each way once before it is measured. */
export async function measureMail(documents: number, runs: number): Promise<readonly MailRun[]> {
  const directory = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  try {
    const [atPublisher = 0, atSubscriber = 0] = await freePorts(2);
    await using publisher = await openWithMail(join(directory, 'publisher'), {
      ...{ smtpPort: atSubscriber, receiverPort: atPublisher },
    });
    await using subscriber = await openWithMail(join(directory, 'subscriber'), {
      ...{ smtpPort: atPublisher, receiverPort: atSubscriber },
    });
    await publisher.ask({ do: 'receive-mail' });
    await subscriber.ask({ do: 'receive-mail' });
    const hosts = { publisher, subscriber, url: await publisher.ask({ do: 'serve' }) };
    const measured: MailRun[] = [];
    for (let run = 0; run <= runs; run++) {
      const times: Partial<Record<WayName, FirstSyncs>> = {};
      for (const way of ['http', 'mail', 'sealed'] as const)
        times[way] = {
          down: await firstSync(hosts, way, { name: `${way}-${run}-down`, offered: documents, own: 0 }),
          up: await firstSync(hosts, way, { name: `${way}-${run}-up`, offered: 0, own: documents }),
        };
      const { http, mail, sealed } = times;
      if (run > 0 && http !== undefined && mail !== undefined && sealed !== undefined)
        measured.push({ http, mail, sealed });
    }
    return measured;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function firstSync(
  hosts: Pick<Pair, 'publisher' | 'subscriber'> & { readonly url: string },
  way: WayName,
  { name, offered, own }: { readonly name: string; readonly offered: number; readonly own: number },
): Promise<number> {
  const sites = { master: `${name}-master`, client: `${name}-client` };
  const pair = way === 'http' ? await makePair(hosts, sites, { offered, own }) : await loaded(hosts, sites, offered);
  if (way !== 'http') {
    await hosts.subscriber.ask({ do: 'load', site: sites.client, path: recordsPath, first: 0, count: own });
    await pairByMail(hosts, { ...sites, isSealed: way === 'sealed' });
  }
  const { ms } =
    way === 'http' ? await syncPair(pair) : await hosts.subscriber.ask({ do: 'sync-by-mail', site: sites.client });
  await expectAgreement(pair);
  return ms;
}

async function loaded(
  { publisher, subscriber }: Pick<Pair, 'publisher' | 'subscriber'>,
  { master, client }: Pick<Pair, 'master' | 'client'>,
  offered: number,
): Promise<Pair> {
  await publisher.ask({ do: 'add-site', site: master });
  await publisher.ask({ do: 'load', site: master, path: recordsPath, first: 0, count: offered });
  await subscriber.ask({ do: 'add-site', site: client });
  return { publisher, subscriber, master, client };
}
