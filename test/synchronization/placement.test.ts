import { describe, expect, it } from 'vitest';
import type { Version } from '../../src/objects/version.ts';
import { restoreRevision } from '../../src/use-cases/objects/object-history.ts';
import { BusyWire } from '../support/busy-wire.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync, syncUnheard, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** Two sites that agree, with objects at these paths. */
async function pairWith(...paths: readonly string[]): Promise<Pair & { readonly objects: readonly Version[] }> {
  const pair = await seedPair();
  const objects: Version[] = [];
  for (const path of paths) objects.push(await pair.publisher.put(`${at}/${path}`, card(path, '1')));
  await sync(pair.subscriber, 'Repository', pair.wire);
  return { ...pair, objects };
}

async function settle({ subscriber, publisher, wire }: Pair) {
  await sync(subscriber, 'Repository', wire);
  await sync(subscriber, 'Repository', wire);
  const tree = await publisher.tree(at);
  expect(await subscriber.tree(at)).toEqual(tree);
  return tree;
}

describe('placement', () => {
  it('lets the publisher’s object keep its id, and makes the other x-2', async () => {
    const pair = await pairWith();
    const theirs = await pair.publisher.put(`${at}/x`, card('publisher', '1'));
    const ours = await pair.subscriber.put(`${at}/x`, card('subscriber', '1'));
    const tree = await settle(pair);
    expect(tree['/x']).toContain(theirs.gid);
    expect(tree['/x-2']).toContain(ours.gid);
  });

  it('gives a revived object another name when its own is taken meanwhile', async () => {
    const pair = await pairWith('x');
    const [old] = pair.objects;
    await pair.publisher.remove(`${at}/x`);
    const fresh = await pair.publisher.put(`${at}/x`, card('new', '1'));
    await pair.subscriber.put(`${at}/x`, card('old', '2'));
    const tree = await settle(pair);
    expect(tree['/x']).toContain(fresh.gid);
    expect(tree['/x-2']).toContain(old?.gid);
  });

  it('revives the parent of what is made below it, and asks whether to delete it after all', async () => {
    const pair = await pairWith('folder');
    await pair.publisher.remove(`${at}/folder`, 'paula');
    await pair.subscriber.put(`${at}/folder/child`, card('child', '1'), 'simon');
    const tree = await settle(pair);
    expect(Object.keys(tree).sort()).toEqual(['/first', '/folder', '/folder/child']);
    expect(await pair.publisher.context.store.conflicts()).toMatchObject([
      {
        field: 'existence',
        publisher: { edit: { by: 'simon' } },
        subscriber: { edit: { by: 'paula' } },
        state: 'open',
      },
    ]);
  });

  it('does not delete what has children that its sender did not delete, at the publisher', async () => {
    const pair = await pairWith('folder');
    await pair.publisher.put(`${at}/folder/child`, card('child', '1'), 'paula');
    await pair.subscriber.remove(`${at}/folder`, 'simon');
    const tree = await settle(pair);
    expect(Object.keys(tree)).toContain('/folder/child');
    expect(await pair.publisher.context.store.conflicts()).toMatchObject([
      {
        field: 'existence',
        publisher: { edit: { by: 'paula' } },
        subscriber: { edit: { by: 'simon' } },
        state: 'open',
      },
    ]);
  });

  it('deletes a folder with all that its sender deleted below it', async () => {
    const pair = await pairWith('folder/a', 'folder/b/c');
    await pair.subscriber.remove(`${at}/folder`);
    expect(Object.keys(await settle(pair))).toEqual(['/first']);
    expect(await pair.publisher.context.store.conflicts()).toEqual([]);
  });

  it('lets a deletion stand that did not know the new id alone', async () => {
    const pair = await pairWith();
    const { publisher, subscriber, wire } = pair;
    const ours = await subscriber.put(`${at}/x`, card('ours', '1'));
    await publisher.put(`${at}/x`, card('theirs', '1'));
    await syncUnheard(subscriber, wire);
    await subscriber.remove(`${at}/x`);
    await sync(subscriber, 'Repository', wire, { restart: true });
    await settle(pair);
    expect((await publisher.context.store.current([ours.gid])).get(ours.gid)?.state).toBe('deleted');
    expect(await publisher.context.store.conflicts()).toEqual([]);
  });

  it.each(['a deletion', 'no deletion'])(
    'keeps what somebody has renamed, though under a free id: %s',
    async (what) => {
      const pair = await pairWith('z');
      const { publisher, subscriber, wire } = pair;
      const another = new TestSite('another', subscriber.clock);
      await another.subscribe('Repository', publisher, at);
      const [old] = pair.objects;
      for (const site of [another, another, subscriber]) await sync(site, 'Repository', new Wire(publisher));
      await publisher.put(`${at}/x`, card('X', '1'));
      if (what === 'a deletion') await another.remove(`${at}/z`, 'paula');
      const busy = new BusyWire([publisher], 1, () => subscriber.move(`${at}/z`, `${at}/x`, 'simon'));
      await sync(subscriber, 'Repository', busy);
      expect(Object.keys(await subscriber.tree(at))).toEqual(['/first', '/x', '/x-2']);
      for (const site of [subscriber, another, another]) await sync(site, 'Repository', new Wire(publisher));
      const tree = await settle({ ...pair, wire });
      expect(await another.tree(at)).toEqual(tree);
      expect(tree['/x-2']).toContain(old?.gid);
      expect(await publisher.context.store.conflicts()).toMatchObject(
        what === 'a deletion' ? [{ field: 'existence', subscriber: { edit: { by: 'paula' } }, state: 'open' }] : [],
      );
    },
  );

  it('puts a move that would close a ring back, and keeps the wish in a conflict', async () => {
    const pair = await pairWith('a', 'b');
    await pair.publisher.move(`${at}/a`, `${at}/b/a`, 'paula');
    await pair.subscriber.move(`${at}/b`, `${at}/a/b`, 'simon');
    const tree = await settle(pair);
    expect(Object.keys(tree).sort()).toEqual(['/b', '/b/a', '/first']);
    const [moved] = pair.objects;
    expect(await pair.publisher.context.store.conflicts()).toMatchObject([
      { field: 'parent', publisher: { value: '' }, subscriber: { value: moved?.gid, edit: { by: 'simon' } } },
    ]);
  });

  it('puts the move back that closes a ring, not what is new in it', async () => {
    const pair = await pairWith('a', 'b');
    const { publisher, subscriber } = pair;
    await publisher.move(`${at}/a`, `${at}/b/a`);
    const fresh = await subscriber.put(`${at}/a/new`, card('new', '1'));
    await subscriber.move(`${at}/b`, `${at}/a/new/b`);
    const tree = await settle(pair);
    expect(tree['/b/a/new']).toContain(fresh.gid);
    expect(await publisher.context.store.conflicts()).toMatchObject([{ field: 'parent', gid: pair.objects[1]?.gid }]);
  });

  it('merges what is changed after its deletion with the last content before', async () => {
    const pair = await pairWith('x');
    const hub = pair.subscriber;
    await pair.publisher.put(`${at}/x`, card('x', '2'));
    await sync(hub, 'Repository', pair.wire);
    await hub.remove(`${at}/x`);
    await sync(hub, 'Repository', pair.wire);
    for (const { gid } of pair.objects) await restoreRevision(hub.context, { name: 'simon' }, { gid });
    await hub.put(`${at}/x`, card('x', '3'));
    expect((await settle(pair))['/x']).toContain('>3<');
    expect(await pair.publisher.context.store.conflicts()).toEqual([]);
  });

  it('takes a restored object for one that was made on top of its deletion, and asks nothing', async () => {
    const pair = await pairWith('x');
    await pair.publisher.remove(`${at}/x`);
    await sync(pair.subscriber, 'Repository', pair.wire);
    for (const { gid } of pair.objects) await restoreRevision(pair.subscriber.context, { name: 'simon' }, { gid });
    expect(Object.keys(await settle(pair))).toContain('/x');
    expect(await pair.publisher.context.store.conflicts()).toEqual([]);
  });
});
