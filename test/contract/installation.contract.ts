import { describe, expect, it } from 'vitest';
import type { Installation } from '../../src/ports/installation.ts';
import { commit, gid, write } from './site-data.ts';

/** An installation without sites to be tried; closed with the fixture. */
export interface InstallationFixture {
  readonly installation: Installation;
  /** The same data opened again, as another process has it; absent where that cannot be. Closed with the fixture. */
  readonly openAnother?: () => Promise<Installation>;
  close(): Promise<void>;
}

type Rule = readonly [
  says: string,
  check: (installation: Installation, openAnother: () => Promise<Installation>) => Promise<void>,
];

const rules: readonly Rule[] = [
  [
    'has a name of its own and no sites',
    async (installation) => {
      expect(installation.id).not.toBe('');
      expect(await installation.sites()).toEqual([]);
    },
  ],
  [
    'lists its sites by id',
    async (installation) => {
      const added = await installation.addSite('cps_client', 'Client');
      await installation.addSite('cps', 'Master');
      expect(added).toMatchObject({ id: 'cps_client', title: 'Client' });
      expect((await installation.sites()).map(({ id }) => id)).toEqual(['cps', 'cps_client']);
      expect(await installation.sites()).toContainEqual(added);
    },
  ],
  [
    'refuses a second site with one id, and leaves the first as it is',
    async (installation) => {
      await installation.addSite('cps', 'Master');
      await commit((await installation.site('cps')).store, write('a'));
      await expect(installation.addSite('cps', 'Again')).rejects.toMatchObject({ code: 'CON-R006' });
      expect((await (await installation.site('cps')).store.head()).seq).toBe(1);
    },
  ],
  [
    'refuses an id that cannot stand in a URL',
    async (installation) => {
      for (const id of ['', '.', '..', 'a/b', 'a b', '-x', 'ä', 'healthz', 'x'.repeat(64)]) {
        await expect(installation.addSite(id, ''), id).rejects.toMatchObject({ code: 'CON-R008' });
      }
      expect(await installation.sites()).toEqual([]);
    },
  ],
  [
    'opens a site once, with store, queue and accounts of its own',
    async (installation) => {
      await installation.addSite('one', '');
      await installation.addSite('two', '');
      const [one, two] = [await installation.site('one'), await installation.site('two')];
      expect(await installation.site('one')).toBe(one);
      expect(one.store.site).toBe('one');
      await commit(one.store, write('a'));
      await one.queue.add({ work: { name: 'collect-garbage' } });
      expect((await two.store.head()).seq).toBe(0);
      expect(await two.queue.list()).toEqual([]);
    },
  ],
  [
    'knows no site that was not added or is removed',
    async (installation) => {
      await expect(installation.site('cps')).rejects.toMatchObject({ code: 'CON-R001' });
      await expect(installation.removeSite('cps')).rejects.toMatchObject({ code: 'CON-R001' });
      await installation.addSite('cps', '');
      await commit((await installation.site('cps')).store, write('a'));
      await installation.removeSite('cps');
      await expect(installation.site('cps')).rejects.toMatchObject({ code: 'CON-R001' });
      await installation.addSite('cps', '');
      expect((await (await installation.site('cps')).store.head()).seq).toBe(0);
    },
  ],
  [
    'keeps settings by name',
    async (installation) => {
      expect(await installation.setting('installation')).toBeUndefined();
      await installation.saveSetting('installation', 'one');
      await installation.saveSetting('installation', 'two');
      expect(await installation.setting('installation')).toBe('two');
      expect(installation.id).not.toBe('two');
    },
  ],
  [
    'becomes an installation of its own: a new id, and a new epoch for each site',
    async (installation) => {
      await installation.addSite('cps', '');
      const { store } = await installation.site('cps');
      await commit(store, write('a'));
      const [id, head] = [installation.id, await store.head()];
      await installation.startIdentity();
      expect(installation.id).not.toBe(id);
      expect((await store.head()).epoch).not.toBe(head.epoch);
      expect((await store.current([gid('a')])).size).toBe(1);
    },
  ],
];

const shared: readonly Rule[] = [
  [
    'shows in one process what another one did',
    async (installation, openAnother) => {
      const other = await openAnother();
      expect(other.id).toBe(installation.id);
      await installation.addSite('cps', '');
      await commit((await installation.site('cps')).store, write('a'));
      expect((await (await other.site('cps')).store.head()).seq).toBe(1);
    },
  ],
  [
    'does not take a new site for the one with the same id that another process removed',
    async (installation, openAnother) => {
      const other = await openAnother();
      await installation.addSite('cps', '');
      await commit((await installation.site('cps')).store, write('a'));
      await other.removeSite('cps');
      await other.addSite('cps', '');
      expect((await (await installation.site('cps')).store.head()).seq).toBe(0);
    },
  ],
];

/** What every adapter of the Installation port promises, as tests. */
export function installationContract(name: string, open: () => Promise<InstallationFixture>): void {
  describe(`${name}: installation`, () => {
    for (const [says, check] of [...rules, ...shared]) {
      it(says, async (test) => {
        const fixture = await open();
        try {
          const { installation, openAnother } = fixture;
          const isShared = shared.some(([one]) => one === says);
          if (isShared && openAnother === undefined) return void test.skip('the adapter lacks openAnother');
          await check(installation, openAnother ?? (async () => installation));
        } finally {
          await fixture.close();
        }
      });
    }
  });
}
