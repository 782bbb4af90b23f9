import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { listExceptions } from '../../src/use-cases/exchange/list-exceptions.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

describe('a mode', () => {
  it('pull keeps the subscriber’s edits back, and lets them flow when it is two-way again', async () => {
    const { publisher, subscriber, wire } = await seedPair({ mode: 'pull' });
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('A', 'mine'));
    await subscriber.put(`${at}/new`, card('N', '1'));
    await publisher.put(`${at}/a`, card('A of the publisher', '1'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/new`)).toBeUndefined();
    expect(await publisher.get(`${at}/a`)).toContain('>1<');
    expect(await subscriber.get(`${at}/a`)).toContain('A of the publisher');
    expect(await subscriber.get(`${at}/a`)).toContain('>mine<');
    await subscriber.subscribe('Repository', publisher, at, { mode: 'two-way' });
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toContain('>mine<');
    expect(await publisher.tree(at)).toEqual(await subscriber.tree(at));
  });

  it('pull keeps no object below itself, where the publisher moves one below what was moved below that here', async () => {
    const { publisher, subscriber, wire } = await seedPair({ mode: 'pull' });
    for (const name of ['a', 'b', 'c']) await publisher.put(`${at}/${name}`, card(name, '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.move(`${at}/c`, `${at}/a/c`);
    await subscriber.move(`${at}/b`, `${at}/a/c/b`);
    await publisher.move(`${at}/a`, `${at}/b/a`);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    // The move into the ring that the publisher’s closes gives way, and no other.
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/b', '/b/a', '/b/a/c', '/first']);
    await subscriber.subscribe('Repository', publisher, at, { mode: 'two-way' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('pull has what was deleted here again, where the publisher has put something below it', async () => {
    const { publisher, subscriber, wire } = await seedPair({ mode: 'pull' });
    await publisher.put(`${at}/a`, card('A', '1'));
    await publisher.put(`${at}/a/b`, card('B', '1'));
    await sync(subscriber, 'Repository', wire);
    for (const path of ['a/b', 'a']) await subscriber.remove(`${at}/${path}`);
    await publisher.put(`${at}/a/b/c`, card('C', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    await subscriber.subscribe('Repository', publisher, at, { mode: 'two-way' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/a', '/a/b', '/a/b/c', '/first']);
  });

  it('pull takes the publisher’s value in where both changed a field, and keeps the other in history', async () => {
    const { publisher, subscriber, wire } = await seedPair({ mode: 'pull' });
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    const edited = await subscriber.put(`${at}/a`, card('A', 'mine'));
    await publisher.put(`${at}/a`, card('A', 'theirs'));
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get(`${at}/a`)).toContain('>theirs<');
    const history = await subscriber.context.store.history(edited.gid);
    expect(history.some(({ version }) => version.document.includes('mine'))).toBe(true);
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('push keeps the publisher’s changes back, and lets them flow when it is two-way again', async () => {
    const { publisher, subscriber, wire } = await seedPair({ mode: 'push' });
    await publisher.put(`${at}/a`, card('A', '1'));
    await subscriber.put(`${at}/b`, card('B', '1'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/b`)).toContain('>1<');
    expect(await subscriber.get(`${at}/a`)).toBeUndefined();
    await publisher.put(`${at}/b`, card('B of the publisher', '1'));
    await subscriber.put(`${at}/b`, card('B', '2'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/b`)).toContain('B of the publisher');
    expect(await publisher.get(`${at}/b`)).toContain('>2<');
    expect(await subscriber.get(`${at}/b`)).not.toContain('publisher');
    await subscriber.subscribe('Repository', publisher, at, { mode: 'two-way' });
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });
});

describe('what was kept back of an object whose version at the subscriber was never one of the publisher’s', () => {
  it.each([
    { by: 'mode', terms: { mode: 'push' } },
    { by: 'strategy', terms: { strategy: ['create', 'delete'] } },
  ] as const)('is kept back and shown after a comparison, too, and flows at last: by $by', async ({ by, terms }) => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await subscriber.subscribe('Repository', publisher, at, { mode: 'push' });
    await publisher.put(`${at}/a`, card('A', '2'));
    await subscriber.put(`${at}/a`, card('A of the subscriber', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.subscribe('Repository', publisher, at, { mode: 'two-way', ...terms });
    for (const options of [{ slow: true }, {}, {}]) await sync(subscriber, 'Repository', wire, options);
    const [row] = await publisher.context.store.subscribers('Repository');
    expect(await listExceptions(publisher.context, row?.peer ?? 0)).toMatchObject([
      { why: { reason: 'withheld', by } },
    ]);
    const everything = { mode: 'two-way', strategy: ['create', 'update', 'delete'] } as const;
    await subscriber.subscribe('Repository', publisher, at, everything);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toBe(card('A of the subscriber', '2'));
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});

describe('what was sent to a subscriber, and is kept back before anything was heard of it', () => {
  it('may be there: its deletion is kept back and shown, and flows at last', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('A', '1'));
    const done = wire.requests + 1;
    wire.fault = (where, count) => {
      if (where === 'request' && count > done) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow(TransportError);
    wire.fault = () => undefined;
    expect(await subscriber.get(`${at}/a`)).toBe(card('A', '1'));
    await subscriber.subscribe('Repository', publisher, at, { mode: 'push' });
    await sync(subscriber, 'Repository', wire, { restart: true });
    await publisher.remove(`${at}/a`);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    const [row] = await publisher.context.store.subscribers('Repository');
    expect(await listExceptions(publisher.context, row?.peer ?? 0)).toMatchObject([{ why: { reason: 'withheld' } }]);
    await subscriber.subscribe('Repository', publisher, at, { mode: 'two-way' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get(`${at}/a`)).toBeUndefined();
    expect(await listExceptions(publisher.context, row?.peer ?? 0)).toEqual([]);
  });
});

describe('what a subscriber has made and keeps back', () => {
  it('is not shown any more when it is deleted: the publisher never had any of it', async () => {
    const { publisher, subscriber, wire } = await seedPair({ mode: 'pull' });
    await subscriber.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.remove(`${at}/a`);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    const [row] = await subscriber.context.store.subscriptions();
    expect(await listExceptions(subscriber.context, row?.peer ?? 0)).toEqual([]);
    expect(await publisher.get(`${at}/a`)).toBeUndefined();
  });
});

describe('a strategy', () => {
  it('without delete keeps deletions back on both ways', async () => {
    const { publisher, subscriber, wire } = await seedPair({ strategy: ['create', 'update'] });
    await publisher.put(`${at}/a`, card('A', '1'));
    await publisher.put(`${at}/b`, card('B', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.remove(`${at}/a`);
    await subscriber.remove(`${at}/b`);
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get(`${at}/a`)).toContain('>1<');
    expect(await publisher.get(`${at}/b`)).toContain('>1<');
    await subscriber.subscribe('Repository', publisher, at, { strategy: ['create', 'update', 'delete'] });
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get(`${at}/a`)).toBeUndefined();
    expect(await publisher.get(`${at}/b`)).toBeUndefined();
  });

  it('without create keeps the edits of what was moved below something new, too, and lets all flow at last', async () => {
    const { publisher, subscriber, wire } = await seedPair({ strategy: ['update'] });
    for (const name of ['a', 'b']) await publisher.put(`${at}/${name}`, card(name, '1'));
    await subscriber.subscribe('Repository', publisher, at, { strategy: ['create', 'update', 'delete'] });
    await sync(subscriber, 'Repository', wire);
    await subscriber.subscribe('Repository', publisher, at, { strategy: ['update'] });
    for (const [site, name] of [
      [publisher, 'a'],
      [subscriber, 'b'],
    ] as const) {
      await site.put(`${at}/new-${name}`, card('New', '1'));
      await site.move(`${at}/${name}`, `${at}/new-${name}/${name}`);
      await site.put(`${at}/new-${name}`, card('New', '2'));
    }
    await publisher.put(`${at}/b`, card('b', '2'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/a', '/first', '/new-b', '/new-b/b']);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/b', '/first', '/new-a', '/new-a/a']);
    expect(await subscriber.get(`${at}/new-b/b`)).toBe(card('b', '2'));
    const [row] = await publisher.context.store.subscribers('Repository');
    expect(await listExceptions(publisher.context, row?.peer ?? 0)).toMatchObject([
      { why: { reason: 'withheld', by: 'strategy' } },
      { why: { reason: 'withheld', by: 'strategy' } },
    ]);
    expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
    await subscriber.subscribe('Repository', publisher, at, { strategy: ['create', 'update', 'delete'] });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/first', '/new-a', '/new-a/a', '/new-b', '/new-b/b']);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});

describe('what a strategy keeps back', () => {
  it('gives way where the publisher changed the same: an edit to a deletion, and the sync is quiet', async () => {
    const { publisher, subscriber, wire } = await seedPair({ strategy: ['create', 'delete'] });
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    const edited = await subscriber.put(`${at}/a`, card('A', 'mine'));
    await publisher.remove(`${at}/a`);
    await sync(subscriber, 'Repository', wire);
    expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
    expect(await subscriber.get(`${at}/a`)).toBeUndefined();
    const history = await subscriber.context.store.history(edited.gid);
    expect(history.some(({ version }) => version.document.includes('mine'))).toBe(true);
  });

  it('gives way where the publisher changed the same: a deletion to an edit, and the sync is quiet', async () => {
    const { publisher, subscriber, wire } = await seedPair({ strategy: ['create', 'update'] });
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.remove(`${at}/a`);
    await publisher.put(`${at}/a`, card('A', 'theirs'));
    await sync(subscriber, 'Repository', wire);
    expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
    expect(await subscriber.get(`${at}/a`)).toContain('theirs');
  });
});

describe('a right', () => {
  it('to push that an account lacks keeps its edits at home, and says so', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.publish('Repository', at, { mayPush: ['somebody-else'] });
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/mine`, card('M', '1'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/mine`)).toBeUndefined();
    const row = await subscriber.context.store.subscription('Repository');
    const exceptions = await subscriber.context.store.exceptions(row?.peer ?? 0);
    expect([...exceptions.values()]).toMatchObject([{ reason: 'withheld', by: 'right' }]);
    await publisher.publish('Repository', at, { mayPush: 'everyone' });
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.tree(at)).toEqual(await subscriber.tree(at));
  });
});
