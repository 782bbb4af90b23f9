import { describe, expect, it } from 'vitest';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

describe('placement', () => {
  it('gives a revived object another name when its own is taken meanwhile', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    const old = await publisher.put(`${at}/x`, card('old', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.remove(`${at}/x`);
    const fresh = await publisher.put(`${at}/x`, card('new', '1'));
    await subscriber.put(`${at}/x`, card('old', '2'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    const tree = await publisher.tree(at);
    expect(tree['/x']).toContain(fresh.gid);
    expect(tree['/x-2']).toContain(old.gid);
    expect(await subscriber.tree(at)).toEqual(tree);
  });
});
