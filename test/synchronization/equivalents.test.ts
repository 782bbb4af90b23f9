import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/use-cases/administration/collect-garbage.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { textConduit } from '../../src/conduits/text.ts';
import type { Pair } from '../support/synced-sites.ts';
import { manager, seedPair, sync, syncUnheard, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** A person: what a line of text cannot hold stands in `lang`, in the white space and in an address with parts. */
function person(fields: Readonly<Record<string, string>>): string {
  const { title = 'Ann', phone = '1 2', lang = 'en', street } = fields;
  const address = street === undefined ? '' : `<address><street>${street}</street></address>`;
  return `<object portal_type="Person"><title lang="${lang}" type="string">${title}</title><phone type="string">${phone}</phone>${address}</object>`;
}

function written(document: string | undefined): string {
  return document === undefined ? '' : (textConduit.write?.(document) ?? document);
}

async function lossySubscriber(): Promise<Pair> {
  const pair = await seedPair({ conduit: 'text' });
  await pair.publisher.put(`${at}/a`, person({ phone: '1\n 2', street: 'Elm' }));
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

async function lossyPublisher(): Promise<Pair> {
  const pair = await seedPair();
  await pair.publisher.publish('Repository', at, { conduit: 'text' });
  await pair.subscriber.put(`${at}/a`, person({ phone: '1\n 2', street: 'Elm' }));
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

/** Synchronises, and then once more: that must be one message which says that there is nothing. */
async function settle({ subscriber, wire }: Pick<Pair, 'subscriber' | 'wire'>): Promise<void> {
  await sync(subscriber, 'Repository', wire);
  await expectQuiet({ subscriber, wire });
}

async function expectQuiet({ subscriber, wire }: Pick<Pair, 'subscriber' | 'wire'>): Promise<void> {
  await sync(subscriber, 'Repository', wire);
  const before = wire.requests;
  const report = await sync(subscriber, 'Repository', wire);
  expect(wire.requests - before).toBe(1);
  expect(report.sent).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  expect(report.received).toMatchObject({ created: 0, updated: 0, deleted: 0 });
}

describe('a subscriber whose conduit loses detail', () => {
  it('stores what its conduit writes, says so, and sends nothing back', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber, wire } = pair;
    expect(await subscriber.get(`${at}/a`)).toBe(written(await publisher.get(`${at}/a`)));
    expect(await subscriber.get(`${at}/a`)).not.toBe(await publisher.get(`${at}/a`));
    expect(wire.exchanges.map(({ request }) => request).join('')).toContain('>q=');
    await expectQuiet(pair);
    expect(await publisher.get(`${at}/a`)).toContain('Elm');
    expect(await subscriber.context.store.countExceptions(1)).toBe(0);
    expect(await publisher.context.store.countExceptions(1)).toBe(0);
  });

  it('sends an edit of what it has as an edit of what the publisher has', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber } = pair;
    const own = await subscriber.get(`${at}/a`);
    await subscriber.put(`${at}/a`, own?.replace('Ann', 'Anna') ?? '');
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBe(person({ title: 'Anna', phone: '1\n 2', street: 'Elm' }));
    expect(await publisher.context.store.countConflicts()).toBe(0);
    await subscriber.put(`${at}/a`, own?.replace('Ann', 'Annabel') ?? '');
    await publisher.put(`${at}/a`, person({ title: 'Anna', phone: '1\n 2', street: 'Oak', lang: 'de' }));
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBe(
      person({ title: 'Annabel', phone: '1\n 2', street: 'Oak', lang: 'de' }),
    );
    expect(await subscriber.get(`${at}/a`)).toBe(written(await publisher.get(`${at}/a`)));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('takes in a change of what it does not store, and is still equal in all comparisons', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber, wire } = pair;
    const own = await subscriber.get(`${at}/a`);
    await publisher.put(`${at}/a`, person({ phone: '1\n 2', street: 'Oak' }));
    await settle(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(own);
    const compared = await sync(subscriber, 'Repository', wire, { slow: true });
    expect(compared.sent).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    expect(compared.received).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    expect(await publisher.get(`${at}/a`)).toContain('Oak');
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher' });
    expect(await subscriber.get(`${at}/a`)).toBe(own);
    await expectQuiet(pair);
  });

  it('takes nothing away with a refresh, of which it has all but an edit that its conduit does not hold', async () => {
    const pair = await seedPair({ conduit: 'text' });
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, written(person({})));
    await sync(subscriber, 'Repository', wire);
    const edited = person({ lang: 'de' });
    await publisher.put(`${at}/a`, edited);
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBe(edited);
    expect(await subscriber.get(`${at}/a`)).toBe(written(edited));
    expect(await publisher.context.store.countExceptions(1)).toBe(0);
  });

  it('finds a clash in a field that it writes otherwise, and lets the decision reach both', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber } = pair;
    const own = await subscriber.get(`${at}/a`);
    await subscriber.put(`${at}/a`, own?.replace('1 2', '3') ?? '');
    await publisher.put(`${at}/a`, person({ phone: '4\n 4', street: 'Elm' }));
    await settle(pair);
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(1);
    expect(await publisher.get(`${at}/a`)).toBe(person({ phone: '4\n 4', street: 'Elm' }));
    expect(await subscriber.get(`${at}/a`)).toBe(written(await publisher.get(`${at}/a`)));
  });

  it('finds a clash in a field that it does not store, when somebody puts something there', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber } = pair;
    const own = await subscriber.get(`${at}/a`);
    await subscriber.put(`${at}/a`, own?.replace('<title ', '<title lang="fr" ') ?? '');
    await publisher.put(`${at}/a`, person({ phone: '1\n 2', street: 'Elm', lang: 'de' }));
    await settle(pair);
    const [conflict] = await publisher.context.store.conflicts({ state: 'open' });
    expect(conflict).toMatchObject({ publisher: { value: 'de' }, subscriber: { value: 'fr' } });
    expect(await publisher.get(`${at}/a`)).toContain('lang="de"');
    expect(await subscriber.get(`${at}/a`)).toBe(written(await publisher.get(`${at}/a`)));
    await resolveConflicts(subscriber.context, manager, { ids: [conflict?.id ?? ''], keep: 'subscriber' });
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBe(person({ phone: '1\n 2', street: 'Elm', lang: 'fr' }));
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(0);
  });

  it('lets an edit stand against a deletion, with all that the edit did not touch', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber } = pair;
    const own = await subscriber.get(`${at}/a`);
    await subscriber.put(`${at}/a`, own?.replace('Ann', 'Anna') ?? '');
    await publisher.remove(`${at}/a`);
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBe(person({ title: 'Anna', phone: '1\n 2', street: 'Elm' }));
    expect(await subscriber.get(`${at}/a`)).toBe(written(await publisher.get(`${at}/a`)));
  });

  it('reads the history of an object once to count its deletion, and once to tell it', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber, wire } = pair;
    for (let times = 0; times < 20; times += 1) {
      await publisher.put(`${at}/a`, person({ phone: String(times), street: 'Elm' }));
      await sync(subscriber, 'Repository', wire);
    }
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, person({ title: 'Anna' }));
    await subscriber.remove(`${at}/a`);
    const before = subscriber.context.store.statistics.rowsRead;
    await sync(subscriber, 'Repository', wire);
    expect(subscriber.context.store.statistics.rowsRead - before).toBeLessThan(80);
    expect(await publisher.get(`${at}/a`)).toBeUndefined();
  });

  it('deletes, and brings back with all detail', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber } = pair;
    await subscriber.remove(`${at}/a`);
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBeUndefined();
    await publisher.put(`${at}/b`, person({ street: 'Oak' }));
    await settle(pair);
    await publisher.remove(`${at}/b`);
    await settle(pair);
    expect(await subscriber.get(`${at}/b`)).toBeUndefined();
  });

  it('meets a publisher whose objects it has already as its conduit writes them, without a conflict', async () => {
    const pair = await seedPair({ conduit: 'text' });
    const { publisher, subscriber } = pair;
    const { gid } = await publisher.put(`${at}/a`, person({ street: 'Elm' }));
    await settle(pair);
    await subscriber.context.store.removeSubscription('Repository');
    await subscriber.subscribe('Repository', publisher, at, { conduit: 'text' });
    await settle(pair);
    expect(await publisher.context.store.countConflicts()).toBe(0);
    expect(await publisher.get(`${at}/a`)).toBe(person({ street: 'Elm' }));
    expect((await subscriber.tree(at))['/a']).toBe(`${gid} ${written(person({ street: 'Elm' }))}`);
  });

  it('keeps the publisher’s document through garbage collection, however old it is', async () => {
    const pair = await lossySubscriber();
    const { publisher, subscriber, wire } = pair;
    const own = await subscriber.get(`${at}/a`);
    await subscriber.put(`${at}/a`, own?.replace('Ann', 'Anna') ?? '');
    for (let round = 0; round < 10; round += 1) {
      await subscriber.put(`${at}/other`, person({ title: String(round) }));
      await sync(subscriber, 'Repository', wire);
    }
    await collectGarbage(subscriber.context);
    await collectGarbage(publisher.context);
    await subscriber.put(`${at}/a`, own?.replace('Ann', 'Annabel') ?? '');
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toBe(person({ title: 'Annabel', phone: '1\n 2', street: 'Elm' }));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });
});

describe('a publisher whose conduit loses detail', () => {
  /** The subscriber edits, and does not hear what came of it. */
  async function sentUnheard({ subscriber, wire }: Pair, document: string): Promise<void> {
    await subscriber.put(`${at}/a`, document);
    await syncUnheard(subscriber, wire);
  }

  it('takes what it could not store for no edit, where the subscriber deletes what it had sent before it hears', async () => {
    const pair = await seedPair();
    await pair.publisher.publish('Repository', at, { conduit: 'text' });
    for (const site of [pair.publisher, pair.subscriber]) await site.put(`${at}/a`, person({ lang: 'de' }));
    await settle(pair);
    await sentUnheard(pair, person({ lang: 'fr' }));
    await pair.subscriber.remove(`${at}/a`);
    await settle(pair);
    expect(await pair.publisher.get(`${at}/a`)).toBeUndefined();
    expect(await pair.publisher.context.store.countConflicts()).toBe(0);
  });

  it('asks nothing where it has settled for a value that it writes otherwise, and the subscriber edits that', async () => {
    const pair = await lossyPublisher();
    const { publisher, subscriber } = pair;
    await settle(pair);
    await publisher.put(`${at}/a`, person({ phone: '3' }));
    await sentUnheard(pair, person({ phone: '2\n 2', street: 'Elm' }));
    const ids = (await publisher.context.store.conflicts({ state: 'open' })).map(({ id }) => id);
    await resolveConflicts(publisher.context, manager, { ids, keep: 'subscriber' });
    await subscriber.put(`${at}/a`, person({ phone: '4', street: 'Elm' }));
    await settle(pair);
    expect(await publisher.get(`${at}/a`)).toContain('>4<');
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(0);
  });

  it('stores what its conduit writes, and the subscriber keeps what it has', async () => {
    const pair = await lossyPublisher();
    const { publisher, subscriber } = pair;
    const own = person({ phone: '1\n 2', street: 'Elm' });
    await expectQuiet(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(own);
    expect(await publisher.get(`${at}/a`)).toBe(written(own));
    expect(await publisher.context.store.countConflicts()).toBe(0);
    expect(await publisher.context.store.countExceptions(1)).toBe(0);
  });

  it('changes at the subscriber what it changed itself, and no more', async () => {
    const pair = await lossyPublisher();
    const { publisher, subscriber } = pair;
    const stored = await publisher.get(`${at}/a`);
    await publisher.put(`${at}/a`, stored?.replace('Ann', 'Anna') ?? '');
    await settle(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(person({ title: 'Anna', phone: '1\n 2', street: 'Elm' }));
    await subscriber.put(`${at}/a`, person({ title: 'Anna', phone: '3', street: 'Elm' }));
    await publisher.put(`${at}/a`, (await publisher.get(`${at}/a`))?.replace('Anna', 'Annabel') ?? '');
    await settle(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(person({ title: 'Annabel', phone: '3', street: 'Elm' }));
    expect(await publisher.get(`${at}/a`)).toBe(written(await subscriber.get(`${at}/a`)));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('merges an edit whose detail it cannot store, and the subscriber keeps that', async () => {
    const pair = await lossyPublisher();
    const { publisher, subscriber } = pair;
    await subscriber.put(`${at}/a`, person({ phone: '5\n 5', street: 'Oak', lang: 'fr' }));
    await publisher.put(`${at}/a`, (await publisher.get(`${at}/a`))?.replace('Ann', 'Anna') ?? '');
    await settle(pair);
    expect(await subscriber.get(`${at}/a`)).toBe(person({ title: 'Anna', phone: '5\n 5', street: 'Oak', lang: 'fr' }));
    expect(await publisher.get(`${at}/a`)).toBe(written(await subscriber.get(`${at}/a`)));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('keeps what its own people have put there by other ways', async () => {
    const pair = await lossyPublisher();
    const { publisher, subscriber } = pair;
    await publisher.put(`${at}/b`, person({ street: 'Elm' }));
    await settle(pair);
    await subscriber.put(`${at}/b`, person({ title: 'Bob', street: 'Elm' }));
    await settle(pair);
    expect(await publisher.get(`${at}/b`)).toBe(person({ title: 'Bob', street: 'Elm' }));
  });
});

describe('a hub between', () => {
  async function lossyHub(): Promise<Record<'publisher' | 'hub' | 'leaf', TestSite> & { readonly wire: Wire }> {
    const { publisher, subscriber: hub, clock } = await lossySubscriber();
    const leaf = new TestSite('leaf', clock);
    await hub.addAccount('sync', 'a:b');
    await hub.publish('Repository', at);
    await leaf.subscribe('Repository', hub, at);
    return { publisher, hub, leaf, wire: new Wire(publisher, hub, leaf) };
  }

  it('passes a leaf’s edit on to where the detail is', async () => {
    const { publisher, hub, leaf, wire } = await lossyHub();
    await sync(leaf, 'Repository', wire);
    const own = await leaf.get(`${at}/a`);
    expect(own).toBe(await hub.get(`${at}/a`));
    await leaf.put(`${at}/a`, own?.replace('Ann', 'Anna') ?? '');
    await settle({ subscriber: leaf, wire });
    await settle({ subscriber: hub, wire });
    await settle({ subscriber: leaf, wire });
    expect(await publisher.get(`${at}/a`)).toBe(person({ title: 'Anna', phone: '1\n 2', street: 'Elm' }));
    expect(await leaf.get(`${at}/a`)).toBe(written(await publisher.get(`${at}/a`)));
  });

  it('takes nothing away from a leaf where the site above has changed nothing that is in the document', async () => {
    const { publisher, hub, leaf, wire } = await lossyHub();
    await leaf.put(`${at}/b`, person({ street: 'Elm' }));
    for (const site of [leaf, hub]) await settle({ subscriber: site, wire });
    await publisher.move(`${at}/b`, `${at}/c`);
    for (const site of [hub, leaf]) await settle({ subscriber: site, wire });
    expect(await leaf.get(`${at}/c`)).toBe(person({ street: 'Elm' }));
    expect(await publisher.get(`${at}/c`)).toBe(person({ street: 'Elm' }));
  });
});
