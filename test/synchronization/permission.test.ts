import { describe, expect, it } from 'vitest';
import type { SyncPlan } from '../../src/use-cases/subscriber/sync-plan.ts';
import type { PreviewRequest } from '../../src/use-cases/subscriber/preview-sync.ts';
import { previewSync } from '../../src/use-cases/subscriber/preview-sync.ts';
import { removeSubscriber } from '../../src/use-cases/administration/remove-subscriber.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, manager, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

function preview({ subscriber, wire }: Pair, options: Omit<PreviewRequest, 'id'> = {}): Promise<SyncPlan> {
  const control = { services: subscriber.services, transport: wire };
  return previewSync(subscriber.context, { id: 'Repository', ...options }, control);
}

function inWords(changes: SyncPlan['send']): readonly string[] {
  return changes.map(({ path, action, outcome }) => `${action} ${path} ${outcome}`).sort();
}

/** Two sites that agreed once, of which the publisher has forgotten the other; both have worked since. */
async function estranged(options: { readonly maxMessageOctets?: number } = {}): Promise<Pair> {
  const pair = await seedPair({}, options);
  const { publisher, subscriber, wire } = pair;
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await publisher.put(`${at}/folder/${id}`, card(id, '1'));
  await sync(subscriber, 'Repository', wire);
  await sync(subscriber, 'Repository', wire);
  const name = { publication: 'Repository', subscriber: `${subscriber.url}/Repository` };
  await removeSubscriber(publisher.context, manager, name);
  await publisher.put(`${at}/folder/a`, card('theirs', '1'));
  await subscriber.put(`${at}/folder/b`, card('mine', '1'));
  await publisher.remove(`${at}/folder/c`);
  await subscriber.remove(`${at}/folder/d`);
  await publisher.put(`${at}/folder/e`, card('theirs', '1'));
  await subscriber.put(`${at}/folder/e`, card('mine', '1'));
  await publisher.remove(`${at}/folder/f`);
  await subscriber.put(`${at}/folder/f`, card('mine', '1'));
  await publisher.put(`${at}/folder/new-there`, card('n', '1'));
  await subscriber.put(`${at}/folder/new-here`, card('n', '2'));
  return pair;
}

const send = [
  `create ${at}/folder/f both`,
  `create ${at}/folder/new-here plain`,
  `delete ${at}/folder/d plain`,
  `update ${at}/folder/b plain`,
  `update ${at}/folder/e both`,
];
const receive = [`create ${at}/folder/new-there plain`, `delete ${at}/folder/c plain`, `update ${at}/folder/a plain`];

describe('a sync of sites that have lost what they agreed on', () => {
  it.each([1_000_000, 8_000])(
    'waits with a plan, writes nothing, and then does just that (%s octets)',
    async (octets) => {
      const pair = await estranged({ maxMessageOctets: octets });
      const { publisher, subscriber, wire } = pair;
      const before = [await publisher.context.store.head(), await subscriber.context.store.head()];
      const report = await sync(subscriber, 'Repository', wire);
      expect(report).toMatchObject({
        outcome: 'waiting-for-permission',
        waiting: { for: 'comparison', differences: 8 },
        traffic: { requests: 1 },
      });
      expect([await publisher.context.store.head(), await subscriber.context.store.head()]).toEqual(before);
      const plan = await preview(pair);
      expect(report.waiting).toMatchObject({ plan: plan.name });
      expect([inWords(plan.send), inWords(plan.receive)]).toEqual([send, receive]);
      const done = await sync(subscriber, 'Repository', wire, { plan: plan.name });
      expect(done).toMatchObject({ outcome: 'done', waiting: undefined, received: { created: 1, deleted: 1 } });
      await sync(subscriber, 'Repository', wire);
      expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
      const conflicts = await publisher.context.store.conflicts({ state: 'open' });
      expect(conflicts.map(({ field }) => field === 'existence')).toEqual(expect.arrayContaining([true, false]));
    },
  );

  it('waits again, however often it is asked for, until somebody permits it', async () => {
    const pair = await estranged();
    for (let times = 0; times < 3; times += 1)
      expect((await sync(pair.subscriber, 'Repository', pair.wire)).outcome).toBe('waiting-for-permission');
    expect((await sync(pair.subscriber, 'Repository', pair.wire, { slow: true })).outcome).toBe('done');
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await pair.subscriber.tree(at)).toEqual(await pair.publisher.tree(at));
  });

  it.each(['publisher', 'subscriber'] as const)('does not carry out a plan when the %s has moved', async (side) => {
    const pair = await estranged();
    const plan = await preview(pair);
    await pair[side].put(`${at}/x`, card('x', '1'));
    await expect(sync(pair.subscriber, 'Repository', pair.wire, { plan: plan.name })).rejects.toMatchObject({
      code: 'CON-E004',
    });
  });

  it('needs none when a new publisher has all of it, but is asked first whether that is so', async () => {
    const pair = await seedPair();
    const plan = await preview(pair);
    expect([inWords(plan.send), inWords(plan.receive)]).toEqual([[], [`create ${at}/first plain`]]);
    expect((await sync(pair.subscriber, 'Repository', pair.wire)).outcome).toBe('done');
  });
});

describe('a preview of a comparison', () => {
  it('lists a first sync object by object, with its folders', async () => {
    const pair = await seedPair();
    await pair.publisher.put(`${at}/folder/deep/a`, card('a', '1'));
    await pair.publisher.put(`${at}/both`, card('b', '1'));
    await pair.subscriber.put(`${at}/both`, card('b', '1'));
    await pair.subscriber.put(`${at}/mine`, card('m', '1'));
    const plan = await preview(pair);
    expect(plan).toMatchObject({ kind: 'comparison', isComplete: true, members: { publisher: 5, subscriber: 2 } });
    expect(inWords(plan.receive)).toEqual([
      `create ${at}/first plain`,
      `create ${at}/folder plain`,
      `create ${at}/folder/deep plain`,
      `create ${at}/folder/deep/a plain`,
    ]);
    expect(inWords(plan.send)).toEqual([`create ${at}/mine plain`]);
    await sync(pair.subscriber, 'Repository', pair.wire, { plan: plan.name });
    expect(await pair.subscriber.tree(at)).toEqual(await pair.publisher.tree(at));
  });

  it('lists of a slow sync only what differs', async () => {
    const pair = await seedPair();
    await sync(pair.subscriber, 'Repository', pair.wire);
    await sync(pair.subscriber, 'Repository', pair.wire);
    await pair.subscriber.put(`${at}/first`, card('mine', '1'));
    const plan = await preview(pair, { slow: true });
    expect([inWords(plan.send), inWords(plan.receive)]).toEqual([[`update ${at}/first plain`], []]);
  });

  it('says what is kept back', async () => {
    const pair = await seedPair({ mode: 'pull' });
    await pair.subscriber.put(`${at}/mine`, card('m', '1'));
    const plan = await preview(pair);
    expect(inWords(plan.send)).toEqual([`create ${at}/mine withheld`]);
  });

  it('that is cut short on its way is tried again, as any other message', async () => {
    const { subscriber, wire } = await seedPair();
    const deliver = async (message: Parameters<typeof wire.deliver>[0]) => {
      const { outcome, body } = await wire.deliver(message);
      return { outcome, body: body.subarray(0, body.length / 2) };
    };
    const control = { services: subscriber.services, transport: { schemes: wire.schemes, deliver } };
    await expect(previewSync(subscriber.context, { id: 'Repository' }, control)).rejects.toMatchObject({
      code: 'CON-T002',
    });
  });

  it('shows nothing of what an account may not pull', async () => {
    const pair = await seedPair();
    await pair.publisher.publish('Repository', at, { mayPull: [] });
    expect(await preview(pair)).toMatchObject({ receive: [], isComplete: false });
  });
});

describe('a preview of a refresh', () => {
  async function worked(): Promise<Pair> {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    for (const id of ['a', 'b', 'same']) await publisher.put(`${at}/${id}`, card(id, '1'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('mine', '1'));
    await publisher.put(`${at}/b`, card('theirs', '1'));
    await publisher.put(`${at}/same`, card('both', '1'));
    await subscriber.put(`${at}/same`, card('both', '1'));
    await publisher.put(`${at}/new-there`, card('n', '1'));
    await subscriber.put(`${at}/new-here`, card('n', '2'));
    return pair;
  }

  it('from the publisher lists what would be overwritten, not what is equal', async () => {
    const pair = await worked();
    const plan = await preview(pair, { refreshFrom: 'publisher' });
    expect(plan.send).toEqual([]);
    expect(inWords(plan.receive)).toEqual([
      `create ${at}/new-there plain`,
      `delete ${at}/new-here plain`,
      `update ${at}/a plain`,
      `update ${at}/b plain`,
    ]);
    await sync(pair.subscriber, 'Repository', pair.wire, { plan: plan.name, refreshFrom: 'publisher' });
    expect(await pair.subscriber.tree(at)).toEqual(await pair.publisher.tree(at));
  });

  it('from the subscriber lists what would be overwritten there', async () => {
    const pair = await worked();
    const plan = await preview(pair, { refreshFrom: 'subscriber' });
    expect(plan.receive).toEqual([]);
    expect(inWords(plan.send)).toEqual([
      `create ${at}/new-here plain`,
      `delete ${at}/new-there plain`,
      `update ${at}/a plain`,
      `update ${at}/b plain`,
    ]);
  });
});
