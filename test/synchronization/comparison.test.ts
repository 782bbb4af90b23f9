import { describe, expect, it } from 'vitest';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

describe('a comparison of sites that once agreed', () => {
  it('takes as edits only what was edited since, under another subscription URL too', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await publisher.put(`${at}/b`, card('B', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('A', '2'));
    await publisher.put(`${at}/b`, card('B', '3'));
    await subscriber.subscribe('Repository', publisher, at, { subscriptionUrl: `${subscriber.url}/Renamed` });
    await sync(subscriber, 'Repository', wire, { slow: true });
    expect(await publisher.get(`${at}/a`)).toContain('>2<');
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await subscriber.get(`${at}/b`)).toContain('>3<');
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('names what is there instead of sending it, and sends only what differs', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    for (let n = 0; n < 50; n += 1) await publisher.put(`${at}/p${String(n)}`, card('P'.repeat(200), String(n)));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/p7`, card('edited', '7'));
    const before = wire.requests;
    const report = await sync(subscriber, 'Repository', wire, { slow: true });
    expect(report.sent).toMatchObject({ created: 0, updated: 1 });
    expect(await publisher.get(`${at}/p7`)).toContain('edited');
    const documents = wire.exchanges.slice(before).flatMap(({ request }) => request.match(/PPPPP/g) ?? []);
    expect(documents).toEqual([]);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('brings an object up to date that was deleted there, and is there again because of what stands below it', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/folder`, card('Folder', '1'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/folder`, card('Folder', '2'));
    await publisher.remove(`${at}/folder`);
    await subscriber.put(`${at}/folder/new`, card('New', '3'));
    await sync(subscriber, 'Repository', wire, { slow: true });
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/folder/new`)).toBe(card('New', '3'));
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});
