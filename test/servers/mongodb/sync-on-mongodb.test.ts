import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { engineServices } from '../../../src/compose/engine.ts';
import { startWeb } from '../../../src/compose/web.ts';
import { compose } from '../../../src/compose/compose.ts';
import { readConfiguration } from '../../../src/configuration/read-configuration.ts';
import { parsePath } from '../../../src/objects/path.ts';
import { exampleName, exampleSites, setUpExample } from '../../../src/use-cases/administration/example.ts';
import { resolvePath } from '../../../src/use-cases/objects/read-object.ts';
import { runSync } from '../../../src/use-cases/subscriber/run-sync.ts';
import { findBrokenLink } from '../../contract/site-data.ts';
import { describeWithMongoDb } from './mongodb-server.ts';

async function inFolder(check: (data: string) => Promise<void>): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'concord-on-mongodb-'));
  try {
    await check(data);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

it.each(['http://localhost/db', 'mongodb://', 'mongodb://host:port/db', 'mongodb://a:b@c@host/db'])(
  'refuses %s as the address of the store, and shows no password',
  async (url) =>
    inFolder(async (data) => {
      const opening = async (): Promise<unknown> => compose(readConfiguration({ CONCORD_STORE_URL: url }, { data }));
      await expect(opening()).rejects.toMatchObject({ code: 'CON-C001' });
      await expect(opening()).rejects.not.toThrow(/a:b@c/);
    }),
);

it('says that the server cannot be reached, and that this can pass', async () =>
  inFolder(async (data) => {
    const environment = { CONCORD_STORE_URL: 'mongodb://127.0.0.1:1/concord' };
    const configuration = readConfiguration(environment, { data });
    const impatient = { ...configuration, store: { ...configuration.store, timeoutMs: 200 } };
    await expect(compose(impatient)).rejects.toMatchObject({ code: 'CON-D008', retry: 'later' });
  }));

describeWithMongoDb('sites in MongoDB', (freshUrl) => {
  it('are shared by processes with data directories of their own, which have the same key', async () =>
    inFolder(async (data) => {
      const configuration = readConfiguration({ CONCORD_STORE_URL: freshUrl() }, { data });
      await using first = await compose(configuration);
      await first.installation.addSite('cps', 'Master');
      await using second = await compose(configuration);
      expect((await second.installation.sites()).map(({ id }) => id)).toEqual(['cps']);
      const { vault } = await first.site('cps');
      expect((await second.site('cps')).vault.open(vault.seal('secret'))).toBe('secret');
    }));

  it('sync with each other over HTTP, a first time and quietly', async () =>
    inFolder(async (data) => {
      const settings = { CONCORD_STORE_URL: freshUrl() };
      await using composition = await compose(readConfiguration(settings, { data, port: 0 }));
      await using _web = await startWeb(composition, {
        reportFault: (error) => {
          throw error;
        },
        whenListening: async ({ address }) => {
          await setUpExample({ ...composition, address });
        },
      });
      const { master, client } = exampleSites;
      const [publisher, subscriber] = [await composition.site(master), await composition.site(client)];
      const { transport, node } = composition;
      const sync = async () =>
        runSync(
          subscriber,
          { id: exampleName, options: { holder: node } },
          { services: engineServices(subscriber, composition), transport },
        );
      const first = await sync();
      expect(first.received.created).toBeGreaterThan(10);
      expect((await sync()).received).toMatchObject({ created: 0, updated: 0, deleted: 0 });
      const path = parsePath('/portal_repository/people/p-001');
      const [there, here] = [await resolvePath(publisher.store, path), await resolvePath(subscriber.store, path)];
      expect(here?.gid).toBe(there?.gid);
      expect(here?.document).toBe(there?.document);
      expect(await findBrokenLink(publisher.store)).toBeUndefined();
      expect(await findBrokenLink(subscriber.store)).toBeUndefined();
    }));

  it('have no backup of Concord’s own', async () =>
    inFolder(async (data) => {
      await using composition = await compose(readConfiguration({ CONCORD_STORE_URL: freshUrl() }, { data }));
      const backup = composition.installation.backup(join(data, 'backup'));
      await expect(backup).rejects.toThrow('mongodump');
    }));
});
