import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SqliteInstallation } from '../../src/adapters/sqlite/sqlite-installation.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Identifiers } from '../../src/ports/identifiers.ts';
import type { Installation, OpenSite } from '../../src/ports/installation.ts';
import type { PairUrls } from '../support/pair.ts';
import { ownPair } from '../support/pair.ts';

/** Where a test of the web keeps its sites. */
export interface WebSites {
  readonly installation: Installation;
  /** A site, with the queue that its work goes to. */
  readonly open: (id: string) => Promise<OpenSite & { readonly outbox?: OpenSite['queue'] }>;
}

interface Around {
  readonly identifiers: Identifiers;
  readonly clock: Clock;
}

/** Sites in memory; in MongoDB, with queues in Redis, where the run has both. They last as long as the test. */
export async function openWebSites(around: Around): Promise<WebSites> {
  const pair = ownPair();
  if (pair !== undefined) return openOn(pair, around);
  const installation = new SqliteInstallation(':memory:', around);
  onTestFinished(() => installation[Symbol.asyncDispose]());
  return { installation, open: async (id) => installation.site(id) };
}

async function openOn({ storeUrl, queueUrl }: PairUrls, around: Around): Promise<WebSites> {
  const data = mkdtempSync(join(tmpdir(), 'concord-web-'));
  const configuration = readConfiguration({ CONCORD_STORE_URL: storeUrl, CONCORD_QUEUE_URL: queueUrl }, { data });
  const [{ openInstallation }, { openQueues }] = await Promise.all([
    import('../../src/compose/store.ts'),
    import('../../src/compose/queue.ts'),
  ]);
  const installation = await openInstallation(configuration, around);
  const queues = openQueues(configuration, { installation, clock: around.clock });
  onTestFinished(async () => {
    await queues?.[Symbol.asyncDispose]();
    await installation[Symbol.asyncDispose]();
    rmSync(data, { recursive: true, force: true });
  });
  const open: WebSites['open'] = async (id) => {
    const site = await installation.site(id);
    return queues === undefined ? site : { ...site, queue: queues.of(id, site.queue), outbox: site.queue };
  };
  return { installation, open };
}
