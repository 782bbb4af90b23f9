import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { topGid } from '../../src/objects/gid.ts';
import { collectGarbage } from '../../src/use-cases/administration/collect-garbage.ts';
import { HandClock } from '../support/memory-site.ts';
import { sync, TestSite, Wire } from '../support/synced-sites.ts';
import type { Chain } from './lossy-chain.ts';
import { at, lossyChain, openConflicts, person } from './lossy-chain.ts';

/** The hub has taken in a telephone number that it shows and a language that it does not, and the leaf does something while it gets the number. */
async function whileItComes(chain: Chain, work: () => Promise<unknown>): Promise<void> {
  const { top, hub, leaf, pull, pullWhile } = chain;
  await top.put(`${at}/a`, person({ lang: 'de' }));
  await pull(hub);
  await top.put(`${at}/a`, person({ lang: 'de', phone: '2' }));
  await pull(hub);
  await pullWhile(leaf, work);
}

const french = [{ publisher: { value: 'de' }, subscriber: { value: 'fr' } }];

describe('what a hub does not show, and took in before a sync in which somebody edits', () => {
  it('is not written over by the edit, although that goes out on what the sync brought', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await whileItComes(chain, () => leaf.put(`${at}/a`, person({ lang: 'fr' })));
    expect(await leaf.get(`${at}/a`)).toBe(person({ lang: 'fr', phone: '2' }));
    await pull(leaf, hub, leaf);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject(french);
    expect(await leaf.get(`${at}/a`)).toBe(person({ phone: '2' }));
  });

  it('is not written over when it came with what the sync brought', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull, pullWhile } = chain;
    await top.put(`${at}/a`, person({ lang: 'de', phone: '2' }));
    await pull(hub);
    await pullWhile(leaf, () => leaf.put(`${at}/a`, person({ lang: 'fr' })));
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject(french);
  });

  it('is not written over when the sync moved the object', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull, pullWhile } = chain;
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await top.move(`${at}/a`, `${at}/b`);
    await pull(hub);
    await pullWhile(leaf, () => leaf.put(`${at}/a`, person({ lang: 'fr' })));
    expect(await leaf.get(`${at}/b`)).toBe(person({ lang: 'fr' }));
    await pull(leaf, hub);
    expect(await top.get(`${at}/b`)).toBe(person({ lang: 'de' }));
    expect(await openConflicts(chain)).toMatchObject(french);
  });

  it('is not deleted by who had edited then, and deletes before that was sent', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await whileItComes(chain, () => leaf.put(`${at}/a`, person({ lang: 'fr' })));
    await leaf.remove(`${at}/a`);
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject([{ field: 'existence' }]);
  });

  it('is not written over when somebody had edited before that sync, too', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await leaf.put(`${at}/a`, person({ title: 'Anna' }));
    await whileItComes(chain, () => leaf.put(`${at}/a`, person({ title: 'Anna', lang: 'fr' })));
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ title: 'Anna', lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject(french);
  });

  it('is not written over when somebody edits after that sync, too', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await whileItComes(chain, () => leaf.put(`${at}/a`, person({ lang: 'fr' })));
    await leaf.put(`${at}/a`, person({ title: 'Anna', lang: 'fr', phone: '2' }));
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ title: 'Anna', lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject(french);
  });

  it('is not written over when the edit was kept back until garbage collection had taken where it was made', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, last, pull } = chain;
    await leaf.subscribe('Repository', hub, at, { mode: 'pull' });
    await whileItComes(chain, () => leaf.put(`${at}/a`, person({ lang: 'fr' })));
    for (let round = 0; round < 9; round += 1) {
      await hub.put(`${at}/other`, person({ phone: String(round) }));
      await pull(leaf, last);
    }
    const gid = (await leaf.context.store.named(topGid, 'portal_repository'))[0]?.gid ?? topGid;
    const [edited] = await leaf.context.store.named(gid, 'a');
    const revisions = async () => (await leaf.context.store.history(edited?.gid ?? gid)).length;
    expect(await revisions()).toBe(4);
    await collectGarbage(leaf.context);
    expect(await revisions()).toBe(2);
    await leaf.subscribe('Repository', hub, at, { mode: 'two-way' });
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject(french);
  });

  it('is not written over when the message with the edit was lost once, and once answered in vain', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, wire, pull } = chain;
    await whileItComes(chain, () => leaf.put(`${at}/a`, person({ lang: 'fr' })));
    for (const lost of ['request', 'answer'] as const) {
      wire.fault = (where) => {
        if (where === lost) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
      };
      await expect(sync(leaf, 'Repository', wire, { restart: true })).rejects.toThrow('lost');
    }
    wire.fault = () => undefined;
    await sync(leaf, 'Repository', wire, { restart: true });
    await pull(hub);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject(french);
  });

  it('is not written over by a site below the leaf, whose edit the leaf carried over', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, last, pull } = chain;
    await whileItComes(chain, async () => {
      await last.put(`${at}/a`, person({ lang: 'fr' }));
      await pull(last);
    });
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toMatchObject(french);
  });

  it.each([
    ['in two syncs, of which the second brought it', false],
    ['while it was edited below', true],
  ])(
    'is not written over by a site below the leaf that had not heard of it when the leaf had: %s',
    async (_, isBusy) => {
      const chain = await lossyChain();
      const { top, hub, leaf, last, pull, pullWhile } = chain;
      const edit = () => last.put(`${at}/a`, person({ lang: 'fr' }));
      if (!isBusy) await edit();
      await top.put(`${at}/a`, person({ lang: 'de', phone: '2' }));
      await pull(hub, leaf);
      if (isBusy) await pullWhile(last, edit);
      await pull(last, leaf, hub, leaf, last);
      expect(await top.get(`${at}/a`)).toBe(person({ lang: 'de', phone: '2' }));
      expect(await openConflicts(chain)).toMatchObject(french);
      for (const site of [hub, leaf, last]) expect(await site.get(`${at}/a`)).toBe(person({ phone: '2' }));
    },
  );

  it('gives way to a site below the leaf that writes there after it got what had come with it', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, last, pull } = chain;
    await top.put(`${at}/a`, person({ lang: 'de', phone: '2' }));
    await pull(hub, leaf, last);
    await last.put(`${at}/a`, person({ lang: 'fr', phone: '2' }));
    await pull(last, leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'fr', phone: '2' }));
    expect(await openConflicts(chain)).toEqual([]);
  });

  it('stands beside an edit of something else', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await whileItComes(chain, () => leaf.put(`${at}/a`, person({ title: 'Anna' })));
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ title: 'Anna', lang: 'de', phone: '2' }));
    expect(await openConflicts(chain)).toEqual([]);
  });

  it('gives way where the leaf had heard of the hub since, before that sync', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull, pullWhile } = chain;
    await top.put(`${at}/a`, person({ lang: 'de' }));
    await pull(hub, leaf);
    await top.put(`${at}/a`, person({ lang: 'de', phone: '2' }));
    await pull(hub);
    await pullWhile(leaf, () => leaf.put(`${at}/a`, person({ lang: 'fr' })));
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'fr', phone: '2' }));
    expect(await openConflicts(chain)).toEqual([]);
  });

  it('gives way to what the leaf writes after the sync', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, pull } = chain;
    await whileItComes(chain, () => leaf.put(`${at}/other`, person({})));
    await leaf.put(`${at}/a`, person({ lang: 'fr', phone: '2' }));
    await pull(leaf, hub);
    expect(await top.get(`${at}/a`)).toBe(person({ lang: 'fr', phone: '2' }));
    expect(await openConflicts(chain)).toEqual([]);
  });
});

describe('what a top cannot hold of an object that the sites below it had before they met', () => {
  it('has been seen by who edits it at the last of them', async () => {
    const clock = new HandClock();
    const sites = ['top', 'hub', 'leaf', 'last'].map((id) => new TestSite(id, clock));
    const [top, hub, leaf, last] = sites as [TestSite, TestSite, TestSite, TestSite];
    await top.put(`${at}/a`, person({ title: 'Another' }));
    for (const site of [hub, leaf, last]) await site.put(`${at}/a`, person({ lang: 'en' }));
    for (const [index, site] of sites.entries()) {
      await site.addAccount('sync', 'a:b');
      const above = sites[index - 1];
      if (above !== undefined) await site.subscribe('Repository', above, at);
      await site.publish('Repository', at, { conduit: site === top ? 'text' : 'object' });
    }
    const wire = new Wire(...sites);
    const pull = async (...pulling: readonly TestSite[]): Promise<void> => {
      for (const site of pulling) {
        const { waiting } = await sync(site, 'Repository', wire);
        if (waiting?.for === 'comparison') await sync(site, 'Repository', wire, { plan: waiting.plan });
      }
    };
    await pull(leaf, last);
    await last.put(`${at}/a`, person({ lang: 'fr' }));
    await pull(hub, leaf);
    for (let round = 0; round < 3; round += 1) await pull(last, leaf, hub);
    for (const site of [hub, leaf, last]) {
      expect(await site.get(`${at}/a-2`)).toBe(person({ lang: 'fr' }));
      expect(await site.context.store.countConflicts()).toBe(0);
    }
    expect(await top.context.store.countConflicts()).toBe(0);
  });
});

describe('a deletion by a site that has all of an object that its hub shows', () => {
  it('comes over what is hidden there, too, though an edit waits with it that was made further below before that came', async () => {
    const chain = await lossyChain();
    const { top, hub, leaf, last, pull } = chain;
    await last.put(`${at}/a`, person({ phone: '2' }));
    await top.put(`${at}/a`, person({ title: 'Anna', lang: 'de' }));
    await pull(hub, leaf, last);
    expect(await leaf.get(`${at}/a`)).toBe(person({ title: 'Anna', phone: '2' }));
    await leaf.remove(`${at}/a`);
    await pull(leaf, hub);
    expect(await openConflicts(chain)).toEqual([]);
    expect(await top.get(`${at}/a`)).toBeUndefined();
  });
});
