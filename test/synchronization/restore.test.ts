import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { compare, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, manager, sync, TestSite, Wire } from '../support/synced-sites.ts';
import type { StoredSites } from './stored-sites.ts';
import { at, openSites, replace, settle, unmetSites } from './stored-sites.ts';

const files = siteFiles();
const { backUp } = files;
const openTwo = (): Promise<StoredSites> => openSites(files, { names: ['A', 'B'] });

/** The site as it was, with a new epoch, as `concord restore` makes it. */
async function restore(sites: StoredSites, which: 'publisher' | 'subscriber', file: string): Promise<void> {
  replace(sites, which, await restoredSite(sites[which].context.site, sites.clock, file));
}

describe('a publisher restored from a backup', () => {
  it('gets the newer work back from its subscriber, with author and time', async () => {
    const sites = await openTwo();
    const file = backUp(sites.publisher);
    await sites.publisher.put(`${at}/a`, card('A', 'after the backup'), 'paula');
    await sites.publisher.put(`${at}/c`, card('C', '1'), 'paula');
    await sites.subscriber.put(`${at}/b`, card('B', 'from the subscriber'), 'simon');
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', file);
    expect(await sites.publisher.get(`${at}/c`)).toBeUndefined();
    await settle(sites);
    expect(await sites.publisher.get(`${at}/a`)).toContain('after the backup');
    expect(await sites.publisher.get(`${at}/b`)).toContain('from the subscriber');
    expect(await sites.publisher.get(`${at}/c`)).toContain('>1<');
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('remembers nothing of what was gone for both', async () => {
    const sites = await openTwo();
    const { publisher, subscriber, wire } = sites;
    await subscriber.remove(`${at}/a`);
    await publisher.put(`${at}/a`, card('A', 'over the deletion'));
    await sync(subscriber, 'Repository', wire);
    for (const { context } of [subscriber, publisher]) {
      const open = await context.store.conflicts({ state: 'open' });
      await resolveConflicts(context, manager, { ids: open.map(({ id }) => id), keep: 'subscriber' });
    }
    await sync(subscriber, 'Repository', wire);
    const file = backUp(publisher);
    await sync(subscriber, 'Repository', wire);
    await restore(sites, 'publisher', file);
    await settle(sites);
    const { store } = sites.publisher.context;
    for (const { peer } of await store.subscribers('Repository')) expect(await store.countExceptions(peer)).toBe(0);
    expect(Object.keys(await sites.publisher.tree(at))).toEqual(['/b']);
  });

  it('keeps what it had done since, and merges', async () => {
    const sites = await openTwo();
    const file = backUp(sites.publisher);
    await sites.publisher.put(`${at}/a`, card('A', 'lost and found'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', file);
    await sites.publisher.put(`${at}/a`, card('A of the restored', '1'));
    await settle(sites);
    expect(await sites.publisher.get(`${at}/a`)).toContain('A of the restored');
    expect(await sites.publisher.get(`${at}/a`)).toContain('lost and found');
  });

  it('gets deletions back as deletions', async () => {
    const sites = await openTwo();
    const file = backUp(sites.publisher);
    await sites.publisher.remove(`${at}/b`);
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', file);
    await settle(sites);
    expect(await sites.publisher.get(`${at}/b`)).toBeUndefined();
  });

  describe.each([
    ['an edit', []],
    ['an edit, and what came over it,', [card('A', 'came over it')]],
  ])('of which the subscriber had seen %s', (_what, later) => {
    /** The subscriber has seen all of it, and the backup was made after the first edit. */
    async function seenBefore(): Promise<{ readonly sites: StoredSites; readonly file: string }> {
      const sites = await openTwo();
      await sites.publisher.put(`${at}/a`, card('A', 'seen'));
      const file = backUp(sites.publisher);
      for (const document of later) await sites.publisher.put(`${at}/a`, document);
      await sync(sites.subscriber, 'Repository', sites.wire);
      return { sites, file };
    }

    it('takes an edit for what it is, made on top of it', async () => {
      const { sites, file } = await seenBefore();
      await sites.subscriber.put(`${at}/a`, card('A', 'on top of it'));
      await restore(sites, 'publisher', file);
      await settle(sites);
      expect(await sites.publisher.get(`${at}/a`)).toContain('on top of it');
      expect(await sites.publisher.context.store.countConflicts()).toBe(0);
    });

    it('takes a deletion for what it is, made after it', async () => {
      const { sites, file } = await seenBefore();
      await sites.subscriber.remove(`${at}/a`);
      await restore(sites, 'publisher', file);
      await settle(sites);
      expect(await sites.publisher.get(`${at}/a`)).toBeUndefined();
      expect(await sites.publisher.context.store.countConflicts()).toBe(0);
    });
  });

  it('is told of its own deletion, which came over its own edit that nobody else had seen', async () => {
    const sites = await openTwo();
    await sites.publisher.put(`${at}/c`, card('C', '1'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await sites.publisher.put(`${at}/c`, card('C', '2'));
    const file = backUp(sites.publisher);
    await sites.publisher.remove(`${at}/c`);
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', file);
    await settle(sites);
    expect(await sites.publisher.get(`${at}/c`)).toBeUndefined();
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('asks about an edit of its own that the subscriber had not seen', async () => {
    const sites = await openTwo();
    await sites.publisher.put(`${at}/a`, card('A', 'seen'));
    const file = backUp(sites.publisher);
    await sync(sites.subscriber, 'Repository', sites.wire);
    await sites.subscriber.put(`${at}/a`, card('A', 'on top of it'));
    await restore(sites, 'publisher', file);
    await sites.publisher.put(`${at}/a`, card('A', 'unseen'));
    await settle(sites);
    expect(await sites.publisher.get(`${at}/a`)).toContain('unseen');
    expect(await sites.publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
  });
});

describe('a publisher restored to before it met its subscriber', () => {
  async function forgotten(): Promise<StoredSites & { readonly file: string }> {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock, { file: files.file('cps') });
    const subscriber = new TestSite('cps_client', clock, { file: files.file('cps_client') });
    await publisher.addAccount('sync', 'a:b');
    for (const id of ['a', 'b', 'c']) await publisher.put(`${at}/${id}`, card(id, '1'));
    await publisher.publish('Repository', at);
    await subscriber.subscribe('Repository', publisher, at);
    const file = backUp(publisher);
    const wire = new Wire(publisher, subscriber);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    return { publisher, subscriber, wire, clock, file };
  }

  it('is told of every deletion that both had agreed on, whoever made it', async () => {
    const sites = await forgotten();
    await sites.publisher.remove(`${at}/a`);
    await sites.subscriber.remove(`${at}/b`);
    for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', sites.file);
    const { waiting } = await sync(sites.subscriber, 'Repository', sites.wire);
    expect(waiting).toMatchObject({ for: 'comparison', differences: 2 });
    await sync(sites.subscriber, 'Repository', sites.wire, { slow: true });
    await settle(sites);
    expect(Object.keys(await sites.publisher.tree(at))).toEqual(['/c']);
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('is told so by a subscriber that has nothing left, too', async () => {
    const sites = await forgotten();
    for (const id of ['a', 'b', 'c']) await sites.publisher.remove(`${at}/${id}`);
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', sites.file);
    await sync(sites.subscriber, 'Repository', sites.wire, { slow: true });
    await settle(sites);
    expect(await sites.publisher.tree(at)).toEqual({});
  });

  it('gets back without a question what it had made again, and lost, after it had deleted it', async () => {
    const sites = await unmetSites(files, { names: ['A'] });
    await sites.publisher.publish('Repository', at, { gidGenerator: 'id' });
    await sites.publisher.put(`${at}/c`, card('C', '1'));
    await sites.publisher.remove(`${at}/c`);
    const file = backUp(sites.publisher);
    await sites.publisher.put(`${at}/c`, card('C', '2'));
    await settle(sites);
    await restore(sites, 'publisher', file);
    await compare(sites.subscriber, sites.wire);
    await settle(sites);
    expect(await sites.publisher.get(`${at}/c`)).toBe(card('C', '2'));
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('asks, too, where it has deleted what has an edit that it lost', async () => {
    const sites = await forgotten();
    await sites.publisher.put(`${at}/a`, card('a', 'lost here'));
    for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', sites.file);
    for (const id of ['a', 'b']) await sites.publisher.remove(`${at}/${id}`);
    await sync(sites.subscriber, 'Repository', sites.wire, { slow: true });
    await settle(sites);
    expect(Object.keys(await sites.publisher.tree(at))).toEqual(['/a', '/c']);
    expect(await sites.publisher.get(`${at}/a`)).toContain('lost here');
    expect(await sites.publisher.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
  });

  it('gets its conflicts back from a subscriber that has nothing left', async () => {
    const sites = await forgotten();
    const late = backUp(sites.publisher);
    await sites.publisher.put(`${at}/a`, card('a', 'theirs'));
    await sites.subscriber.put(`${at}/a`, card('a', 'mine'));
    for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    expect(await sites.publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
    await restore(sites, 'publisher', late);
    await sites.publisher.publish('Repository', at, { query: 'objectValues' });
    for (const id of ['a', 'b', 'c']) await sites.subscriber.remove(`${at}/${id}`);
    await sync(sites.subscriber, 'Repository', sites.wire, { slow: true });
    await settle(sites);
    expect(await sites.publisher.context.store.countConflicts()).toBe(1);
  });

  it('asks nothing about an edit of its own that one gives back, where another had a later one of it', async () => {
    const sites = await forgotten();
    const { publisher, subscriber, clock, file, wire } = sites;
    await publisher.put(`${at}/a`, card('a', '2'));
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('a', '3'));
    const other = new TestSite('other', clock);
    await other.subscribe('Repository', publisher, at);
    for (let round = 0; round < 2; round += 1) await sync(other, 'Repository', new Wire(publisher, other));
    await restore(sites, 'publisher', file);
    await other.put(`${at}/a`, card('a', '4'));
    await compareAll([subscriber, other], new Wire(sites.publisher, subscriber, other));
    for (const site of [sites.publisher, subscriber, other]) expect(await site.get(`${at}/a`)).toBe(card('a', '4'));
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('keeps what it has edited since, and asks', async () => {
    const sites = await forgotten();
    await sites.publisher.remove(`${at}/a`);
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', sites.file);
    await sites.publisher.put(`${at}/a`, card('a', 'edited since'));
    await sync(sites.subscriber, 'Repository', sites.wire, { slow: true });
    await settle(sites);
    expect(await sites.subscriber.get(`${at}/a`)).toContain('edited since');
    expect(await sites.publisher.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
  });
});

describe('what a restored site deletes', () => {
  it('stays deleted when another subscriber brings it back to a publisher that has lost it', async () => {
    const sites = await openTwo();
    const { clock, subscriber } = sites;
    const other = new TestSite('other', clock);
    await other.subscribe('Repository', sites.publisher, at);
    for (let round = 0; round < 2; round += 1) await sync(other, 'Repository', sites.wire);
    const file = backUp(sites.publisher);
    await sites.publisher.put(`${at}/c`, card('C', '1'));
    await sync(subscriber, 'Repository', sites.wire);
    await sync(other, 'Repository', new Wire(sites.publisher, other));
    await subscriber.remove(`${at}/c`);
    await restore(sites, 'publisher', file);
    await sync(subscriber, 'Repository', sites.wire);
    await sync(other, 'Repository', new Wire(sites.publisher, other));
    await settle(sites);
    await sync(other, 'Repository', new Wire(sites.publisher, other));
    for (const site of [sites.publisher, subscriber, other]) expect(await site.get(`${at}/c`)).toBeUndefined();
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('comes back when somebody has put something below it meanwhile, and is asked about once', async () => {
    const sites = await openTwo();
    const { clock, subscriber } = sites;
    const other = new TestSite('other', clock);
    await other.subscribe('Repository', sites.publisher, at);
    const wires = new Wire(sites.publisher, other);
    await sync(other, 'Repository', wires);
    await other.put(`${at}/a/below`, card('Below', '1'));
    await subscriber.remove(`${at}/a`);
    await sync(other, 'Repository', wires);
    await settle(sites);
    for (const site of [sites.publisher, subscriber]) expect(await site.get(`${at}/a/below`)).toContain('Below');
    expect(await subscriber.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
  });
});

describe('a subscriber restored from a backup', () => {
  it('gets back what the publisher had received, and overwrites nothing newer', async () => {
    const sites = await openTwo();
    const file = backUp(sites.subscriber);
    await sites.subscriber.put(`${at}/a`, card('A', 'sent before the loss'));
    await sites.subscriber.put(`${at}/c`, card('C', 'sent before the loss'));
    await sites.publisher.put(`${at}/b`, card('B', 'newer'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'subscriber', file);
    await settle(sites);
    expect(await sites.subscriber.get(`${at}/a`)).toContain('sent before the loss');
    expect(await sites.subscriber.get(`${at}/c`)).toContain('sent before the loss');
    expect(await sites.publisher.get(`${at}/b`)).toContain('newer');
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('begins anew where the backup was made in the middle of a sync that has gone on since', async () => {
    const sites = await openTwo();
    await sites.publisher.put(`${at}/a`, card('A', '2'));
    const lost = new TransportError('CON-T001', 'lost', { retry: 'later' });
    sites.wire.fault = () => {
      throw lost;
    };
    await expect(sync(sites.subscriber, 'Repository', sites.wire)).rejects.toBe(lost);
    const file = backUp(sites.subscriber);
    sites.wire.fault = () => undefined;
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'subscriber', file);
    await sync(sites.subscriber, 'Repository', sites.wire);
    await settle(sites);
    expect(await sites.subscriber.get(`${at}/a`)).toContain('>2<');
  });

  it('need not count as many sessions as before', async () => {
    const sites = await openTwo();
    const file = backUp(sites.subscriber);
    for (let round = 0; round < 5; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    await sites.subscriber.put(`${at}/a`, card('A', 'sent'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'subscriber', file);
    await settle(sites);
    expect(await sites.subscriber.get(`${at}/a`)).toContain('>sent<');
  });

  it('sends what it edits afterwards, as edits of what it had', async () => {
    const sites = await openTwo();
    const file = backUp(sites.subscriber);
    await sites.subscriber.put(`${at}/a`, card('A sent before the loss', '1'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'subscriber', file);
    await sites.subscriber.put(`${at}/a`, card('A', 'edited after'));
    await settle(sites);
    expect(await sites.publisher.get(`${at}/a`)).toContain('A sent before the loss');
    expect(await sites.publisher.get(`${at}/a`)).toContain('edited after');
  });

  it('sends edits of before the backup that had never been sent', async () => {
    const sites = await openTwo();
    await sites.subscriber.put(`${at}/a`, card('A', 'unsent'));
    const file = backUp(sites.subscriber);
    await restore(sites, 'subscriber', file);
    await settle(sites);
    expect(await sites.publisher.get(`${at}/a`)).toContain('unsent');
  });
});

describe('both sides restored from backups of different days', () => {
  it('come to agree again', async () => {
    const sites = await openTwo();
    const early = backUp(sites.publisher);
    await sites.publisher.put(`${at}/c`, card('C', '1'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await sync(sites.subscriber, 'Repository', sites.wire);
    const late = backUp(sites.subscriber);
    await sites.subscriber.put(`${at}/d`, card('D', '1'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await restore(sites, 'publisher', early);
    await restore(sites, 'subscriber', late);
    await settle(sites);
    expect(await sites.publisher.get(`${at}/c`)).toContain('>1<');
  });
});

describe('a publisher restored to where both had agreed', () => {
  it('merges an edit that was not sent yet on what both had agreed on', async () => {
    const sites = await openTwo();
    await sites.publisher.put(`${at}/c`, card('C', '1'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await sites.subscriber.put(`${at}/c`, card('C', '2'));
    await restore(sites, 'publisher', backUp(sites.publisher));
    await settle(sites);
    expect(await sites.publisher.get(`${at}/c`)).toContain('>2<');
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });
});

describe('a copied data directory', () => {
  it('is noticed when both copies synchronise, and stopped', async () => {
    const sites = await openTwo();
    const copy = new TestSite('cps_client', sites.clock, { file: backUp(sites.subscriber) });
    await sites.subscriber.put(`${at}/a`, card('A', 'original'));
    await sync(sites.subscriber, 'Repository', sites.wire);
    await sync(sites.subscriber, 'Repository', sites.wire);
    await copy.put(`${at}/b`, card('B', 'copy'));
    await expect(sync(copy, 'Repository', new Wire(sites.publisher, copy))).rejects.toMatchObject({ code: 'CON-E002' });
    expect(await sites.publisher.get(`${at}/b`)).toContain('>1<');
  });

  it('is noticed too when the copy comes first and the original follows', async () => {
    const sites = await openTwo();
    const copy = new TestSite('cps_client', sites.clock, { file: backUp(sites.subscriber) });
    await copy.put(`${at}/b`, card('B', 'copy'));
    await sync(copy, 'Repository', new Wire(sites.publisher, copy));
    await sites.subscriber.put(`${at}/a`, card('A', 'original'));
    await expect(sync(sites.subscriber, 'Repository', sites.wire)).rejects.toMatchObject({ code: 'CON-E002' });
    expect(await sites.publisher.get(`${at}/a`)).toContain('>1<');
  });

  it('is noticed when nothing was written in either', async () => {
    const sites = await openTwo();
    const copy = new TestSite('cps_client', sites.clock, { file: backUp(sites.subscriber) });
    for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
    await expect(sync(copy, 'Repository', new Wire(sites.publisher, copy))).rejects.toMatchObject({ code: 'CON-E002' });
  });

  it('is noticed when both met the publisher for the first time', async () => {
    const { publisher, subscriber: original, clock } = await unmetSites(files, { names: ['a'] });
    const copy = new TestSite('cps_client', clock, { file: backUp(original) });
    const wire = new Wire(publisher);
    await sync(original, 'Repository', wire);
    await original.put(`${at}/o`, card('O', '1'));
    await copy.put(`${at}/b`, card('B', '1'));
    await copy.put(`${at}/c`, card('C', '1'));
    await expect(sync(copy, 'Repository', wire)).rejects.toMatchObject({ code: 'CON-E002' });
    await sync(original, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/a', '/o']);
  });

  it('is noticed when it was made before the first sync, whichever comes first and however often', async () => {
    const clock = new HandClock();
    const publisher = new TestSite('cps', clock);
    const original = new TestSite('cps_client', clock, { file: files.file('unmet') });
    await publisher.addAccount('sync', 'a:b');
    await publisher.put(`${at}/z`, card('Z', '1'));
    await publisher.publish('Repository', at);
    await original.put(`${at}/a`, card('A', '1'));
    await original.subscribe('Repository', publisher, at);
    const copy = new TestSite('cps_client', clock, { file: backUp(original) });
    const wire = new Wire(publisher);
    await sync(copy, 'Repository', wire);
    await original.remove(`${at}/a`);
    for (let time = 0; time < 2; time += 1)
      await expect(sync(original, 'Repository', wire)).rejects.toMatchObject({ code: 'CON-E002' });
    await sync(copy, 'Repository', wire);
    expect(await original.get(`${at}/a`)).toBeUndefined();
    expect(await publisher.get(`${at}/a`)).toContain('>1<');
  });
});
