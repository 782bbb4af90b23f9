import { describe, expect, it } from 'vitest';
import { StoreError, TransportError } from '../../src/errors/concord-error.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';
const count = 80;

/** A publisher whose objects take several messages. */
async function largePair(): Promise<Pair> {
  const pair = await seedPair({}, { maxMessageOctets: 20_000 });
  for (let n = 0; n < count; n += 1) await pair.publisher.put(`${at}/p${String(n)}`, card('P'.repeat(500), String(n)));
  return pair;
}

async function expectAgreement({ publisher, subscriber }: Pair): Promise<void> {
  expect(Object.keys(await publisher.tree(at)).length).toBeGreaterThanOrEqual(count);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  const [row] = await publisher.context.store.subscribers('Repository');
  expect(await publisher.context.store.countExceptions(row?.peer ?? 0)).toBe(0);
  expect(row?.state.session).toBeUndefined();
  expect((await subscriber.context.store.subscription('Repository'))?.state.session).toBeUndefined();
}

describe('the next message of a package', () => {
  it('is asked for while the last one is taken in, and every item is answered', async () => {
    const pair = await largePair();
    const { subscriber, wire } = pair;
    await sync(subscriber, 'Repository', wire);
    await expectAgreement(pair);
    const items = wire.exchanges.map(({ answer }) => answer.match(/<Item>/g)?.length ?? 0);
    const [first = 0] = items;
    expect(items.length).toBeGreaterThan(4);
    // The third message is made when the second answer has come, and says what became of the first.
    const said = wire.exchanges.map(({ request }) => [...request.matchAll(/<MsgRef>(\d+)<\/MsgRef><CmdRef>[^0]/g)]);
    const refs = said.map((statuses) => [...new Set(statuses.map(([, ref]) => ref))]);
    expect(first).toBeGreaterThan(0);
    expect(refs.slice(0, 4)).toEqual([[], ['1'], [], ['2']]);
    expect(refs.at(-1)).toEqual([String(items.length - 2), String(items.length - 1)]);
    for (let message = 1; message < items.length; message += 1) expect(refs.flat()).toContain(String(message));
  });

  it('is not lost, nor is what came before, wherever the way breaks off', async () => {
    for (const where of ['request', 'answer'] as const) {
      for (const broken of [2, 3, 4, 6]) {
        const pair = await largePair();
        const { subscriber, wire } = pair;
        wire.fault = (place, number) => {
          if (place === where && number === broken) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
        };
        await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('lost');
        await sync(subscriber, 'Repository', wire);
        await expectAgreement(pair);
        // It went on with the session that was open.
        expect(new Set(wire.exchanges.map(({ request }) => /<SessionID>[^<]*/.exec(request)?.[0])).size).toBe(1);
      }
    }
  });

  it('is given up with its session when what came before it could not be taken in', async () => {
    for (const failing of [1, 2, 3]) {
      const pair = await largePair();
      const { subscriber, wire } = pair;
      await subscriber.put(`${at}/own`, card('O', '1'));
      const { store } = subscriber.context;
      const honest = store.update.bind(store);
      let left = failing;
      store.update = (decide) =>
        honest(async (head) => {
          const decision = await decide(head);
          if ((decision.batch.writes ?? []).length > 10 && (left -= 1) === 0)
            throw new StoreError('CON-D002', 'The disk is full');
          return decision;
        });
      await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('The disk is full');
      store.update = honest;
      await sync(subscriber, 'Repository', wire);
      // What a comparison remembers goes with the sync after it.
      await sync(subscriber, 'Repository', wire);
      await expectAgreement(pair);
      expect(Object.keys(await subscriber.tree(at))).toContain('/own');
    }
  });

  it('waits, where a session is more than an ordinary one', async () => {
    const pair = await largePair();
    const { subscriber, wire } = pair;
    await sync(subscriber, 'Repository', wire);
    for (let n = 0; n < count; n += 1) await subscriber.put(`${at}/p${String(n)}`, card('S', String(n)));
    const before = wire.requests;
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher' });
    const requests = wire.exchanges.slice(before).map(({ request }) => request);
    await sync(subscriber, 'Repository', wire);
    await expectAgreement(pair);
    const asking = requests.filter((request) => request.includes('<Data>222</Data>'));
    expect(asking.length).toBeGreaterThan(1);
    expect(asking.every((request) => /<MsgRef>\d+<\/MsgRef><CmdRef>[^0]/.test(request))).toBe(true);
  });
});
