import { describe, expect, it } from 'vitest';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

describe('two sites over SyncML', () => {
  it('brings what is published to an empty subscriber, gids included', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    const report = await sync(subscriber, 'Repository', wire);
    expect(report).toMatchObject({ outcome: 'done', received: { created: 1 } });
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('makes a quiet sync one request', async () => {
    const { subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    const before = wire.requests;
    const report = await sync(subscriber, 'Repository', wire);
    expect(wire.requests - before).toBe(1);
    expect(report.received).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  });

  it('carries creations, edits, moves and deletions both ways', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await publisher.put(`${at}/folder/b`, card('B', '2'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/c`, card('C', '3'));
    await subscriber.put(`${at}/a`, card('A', '11'));
    await subscriber.move(`${at}/folder/b`, `${at}/b2`);
    await publisher.remove(`${at}/first`);
    await sync(subscriber, 'Repository', wire);
    const tree = await publisher.tree(at);
    expect(Object.keys(tree).sort()).toEqual(['/a', '/b2', '/c', '/folder']);
    expect(tree['/a']).toContain('11');
    expect(await subscriber.tree(at)).toEqual(tree);
    await subscriber.remove(`${at}/c`);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/c`)).toBeUndefined();
  });

  it('merges edits of different fields, and keeps the value that did not stand of the same field', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await publisher.put(`${at}/b`, card('B', '2'));
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('A of the publisher', '1'), 'paula');
    await subscriber.put(`${at}/a`, card('A', '100'), 'simon');
    await publisher.put(`${at}/b`, card('B', '20'), 'paula');
    await subscriber.put(`${at}/b`, card('B', '200'), 'simon');
    const report = await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toContain('A of the publisher');
    expect(await publisher.get(`${at}/a`)).toContain('100');
    expect(await publisher.get(`${at}/b`)).toContain('>20<');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(report.conflicts).toBe(1);
    const [conflict] = await publisher.context.store.conflicts();
    expect(conflict).toMatchObject({
      base: '2',
      publisher: { value: '20', edit: { by: 'paula' } },
      subscriber: { value: '200', edit: { by: 'simon' } },
      state: 'open',
    });
    expect(await subscriber.context.store.conflicts()).toMatchObject([
      { id: conflict?.id, role: 'subscriber', state: 'open' },
    ]);
    const quiet = await sync(subscriber, 'Repository', wire);
    expect(quiet.traffic.requests).toBe(1);
  });

  it('leaves one row about a subscriber at rest', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    for (let n = 0; n < 5; n += 1) await subscriber.put(`${at}/s${String(n)}`, card('S', String(n)));
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await publisher.put(`${at}/a`, card('B', '1'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    const [row] = await publisher.context.store.subscribers('Repository');
    expect(await publisher.context.store.countExceptions(row?.peer ?? 0)).toBe(0);
    expect(row?.state.session).toBeUndefined();
  });

  it('sends packages of many messages, and documents larger than a message in pieces', async () => {
    const { publisher, subscriber, wire } = await seedPair({}, { maxMessageOctets: 20_000 });
    for (let n = 0; n < 100; n += 1) await publisher.put(`${at}/p${String(n)}`, card('P'.repeat(500), String(n)));
    await publisher.put(`${at}/large`, card('ä'.repeat(30_000), '1'));
    for (let n = 0; n < 60; n += 1) await subscriber.put(`${at}/s${String(n)}`, card('S'.repeat(500), String(n)));
    await subscriber.put(`${at}/vast`, card(']]&gt;&amp;'.repeat(5_000), '1'));
    await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toHaveLength(163);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    for (const { request, answer } of wire.exchanges) {
      expect(new TextEncoder().encode(request).length).toBeLessThanOrEqual(20_000);
      expect(new TextEncoder().encode(answer).length).toBeLessThanOrEqual(20_000);
    }
  });
});
