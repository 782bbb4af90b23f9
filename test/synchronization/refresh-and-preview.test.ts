import { describe, expect, it } from 'vitest';
import { previewSync } from '../../src/use-cases/subscriber/preview-sync.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

describe('a refresh', () => {
  it('makes the subscriber like the publisher, and keeps overwritten edits in its history', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    const edited = await subscriber.put(`${at}/a`, card('A', 'mine'));
    await subscriber.put(`${at}/only-here`, card('X', '1'));
    await publisher.put(`${at}/b`, card('B', '1'));
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher' });
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.get(`${at}/a`)).toContain('>1<');
    expect(await publisher.get(`${at}/only-here`)).toBeUndefined();
    const history = await subscriber.context.store.history(edited.gid);
    expect(history.some((revision) => revision.version.document.includes('mine'))).toBe(true);
    const quiet = await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(quiet.sent).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  });

  it('makes the publisher like the subscriber', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('A', 'mine'));
    await publisher.put(`${at}/a`, card('A of the publisher', 'theirs'));
    await publisher.put(`${at}/only-there`, card('B', '1'));
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    expect(await publisher.tree(at)).toEqual(await subscriber.tree(at));
    expect(await publisher.get(`${at}/a`)).toContain('mine');
    await sync(subscriber, 'Repository', wire);
    const quiet = await sync(subscriber, 'Repository', wire);
    expect(quiet.traffic.requests).toBe(1);
    expect(await publisher.tree(at)).toEqual(await subscriber.tree(at));
  });

  it('leaves at the publisher what the subscriber has another version of, and keeps back', async () => {
    const { publisher, subscriber, wire } = await seedPair({ mode: 'pull' });
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '1'));
    expect(await subscriber.get(`${at}/a`)).toBe(card('A', '2'));
    expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
  });

  it('asks for permission before it deletes much', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    for (let n = 0; n < 30; n += 1) await subscriber.put(`${at}/s${String(n)}`, card('S', String(n)));
    const report = await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher' });
    expect(report).toMatchObject({ outcome: 'waiting-for-permission', waiting: { deletions: 30 } });
    expect(Object.keys(await subscriber.tree(at))).toHaveLength(31);
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher', allowDeletions: 30 });
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});

describe('a preview', () => {
  it('says what would be sent and received, field by field, and writes nothing', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await publisher.put(`${at}/b`, card('B', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('A', '2'));
    await subscriber.put(`${at}/b`, card('B', '3'));
    await subscriber.put(`${at}/c`, card('C', '1'));
    const before = [await publisher.context.store.head(), await subscriber.context.store.head()];
    const control = { services: subscriber.services, transport: wire };
    const plan = await previewSync(subscriber.context, { id: 'Repository' }, control);
    expect(plan.send).toMatchObject([
      { path: `${at}/b`, action: 'update', fields: [{ before: '1', after: '3' }], outcome: 'plain' },
      { path: `${at}/c`, action: 'create' },
    ]);
    expect(plan.receive).toMatchObject([{ path: `${at}/a`, action: 'update', fields: [{ before: '1', after: '2' }] }]);
    expect([await publisher.context.store.head(), await subscriber.context.store.head()]).toEqual(before);
    await sync(subscriber, 'Repository', wire, { plan: plan.name });
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('is not carried out when one of the sides has moved', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    const control = { services: subscriber.services, transport: wire };
    const plan = await previewSync(subscriber.context, { id: 'Repository' }, control);
    await publisher.put(`${at}/a`, card('A', '2'));
    await expect(sync(subscriber, 'Repository', wire, { plan: plan.name })).rejects.toMatchObject({
      code: 'CON-E004',
    });
    const second = await previewSync(subscriber.context, { id: 'Repository' }, control);
    await subscriber.put(`${at}/b`, card('B', '2'));
    await expect(sync(subscriber, 'Repository', wire, { plan: second.name })).rejects.toMatchObject({
      code: 'CON-E004',
    });
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});
