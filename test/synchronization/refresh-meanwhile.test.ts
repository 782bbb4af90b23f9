import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../src/ports/transport.ts';
import { HandClock } from '../support/memory-site.ts';
import type { Exchanged, Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync, syncUnheard, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** A wire on which something else happens just before a message arrives. */
class SlowWire extends Wire {
  readonly #before: (count: number) => Promise<unknown>;

  constructor(sites: readonly TestSite[], before: (count: number) => Promise<unknown>) {
    super(...sites);
    this.#before = before;
  }

  override async deliver(
    message: OutgoingMessage,
  ): Promise<{ readonly outcome: 'answered'; readonly body: Uint8Array }> {
    await this.#before(this.requests + 1);
    return super.deliver(message);
  }
}

/** Refreshes the publisher, where somebody does something when the refresh has begun. */
async function refreshWhile(
  { publisher, subscriber }: Pair,
  work: () => Promise<unknown>,
): Promise<readonly Exchanged[]> {
  const wire = new SlowWire([publisher, subscriber], async (count) => {
    if (count === 2) await work();
  });
  await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
  return wire.exchanges;
}

async function expectRest({ publisher, subscriber, wire }: Pair): Promise<void> {
  await sync(subscriber, 'Repository', wire);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  const quiet = await sync(subscriber, 'Repository', wire);
  expect(quiet.traffic.requests).toBe(1);
}

describe('a refresh from the subscriber', () => {
  it('deletes nothing that came to the publisher after it began', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/before`, card('Before', '1'));
    const exchanges = await refreshWhile(pair, () => publisher.put(`${at}/meanwhile`, card('Meanwhile', '1')));
    expect(exchanges.length).toBeGreaterThan(1);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/first', '/meanwhile']);
    await expectRest(pair);
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/first', '/meanwhile']);
  });

  it('leaves the folders in which something was put after it began', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a/b/before`, card('Before', '1'));
    await refreshWhile(pair, () => publisher.put(`${at}/a/b/meanwhile`, card('Meanwhile', '1')));
    expect(Object.keys(await publisher.tree(at))).toEqual(['/a', '/a/b', '/a/b/meanwhile', '/first']);
    await expectRest(pair);
    expect(Object.keys(await subscriber.tree(at))).toHaveLength(4);
  });

  it('leaves a folder that the subscriber had deleted, as long as something of the subscriber stands below it', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/first`, card('First', '2'));
    await subscriber.remove(`${at}/first`);
    await syncUnheard(subscriber, wire);
    // What is below it comes to the subscriber, and the folder itself waits for the deletion.
    await publisher.put(`${at}/first`, card('First', '3'));
    await publisher.put(`${at}/first/below`, card('Below', '1'));
    await sync(subscriber, 'Repository', wire, { restart: true });
    expect(Object.keys(await subscriber.tree(at))).toEqual([]);
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    expect(Object.keys(await publisher.tree(at))).toEqual(['/first', '/first/below']);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await expectRest(pair);
  });

  it('overrules what was changed after it began, and keeps that in the history', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await sync(subscriber, 'Repository', wire);
    const { gid } = await publisher.put(`${at}/before`, card('Before', '1'));
    await refreshWhile(pair, () => publisher.put(`${at}/before`, card('Before', 'later')));
    expect(Object.keys(await publisher.tree(at))).toEqual(['/first']);
    const history = await publisher.context.store.history(gid);
    expect(history.some(({ version }) => version.document.includes('later'))).toBe(true);
    await expectRest(pair);
  });

  it('deletes nothing at the top of a chain that the hub got while its leaf refreshed it', async () => {
    const clock = new HandClock();
    const [top, hub, leaf] = [new TestSite('top', clock), new TestSite('hub', clock), new TestSite('leaf', clock)];
    for (const site of [top, hub]) await site.addAccount('sync', 'a:b');
    await top.put(`${at}/first`, card('First', '1'));
    await top.publish('Repository', at);
    await hub.subscribe('Repository', top, at);
    await hub.publish('Repository', at);
    await leaf.subscribe('Repository', hub, at);
    const upper = new Wire(top, hub);
    await sync(hub, 'Repository', upper);
    await sync(leaf, 'Repository', new Wire(hub, leaf));
    await top.put(`${at}/made-above`, card('Made above', '1'));
    const lower = new SlowWire([hub, leaf], async (count) => {
      if (count === 2) await sync(hub, 'Repository', upper);
    });
    await sync(leaf, 'Repository', lower, { refreshFrom: 'subscriber' });
    await sync(hub, 'Repository', upper);
    await sync(leaf, 'Repository', new Wire(hub, leaf));
    expect(Object.keys(await top.tree(at))).toEqual(['/first', '/made-above']);
    expect(await leaf.tree(at)).toEqual(await top.tree(at));
  });
});

describe('a refresh from the publisher', () => {
  it('deletes nothing that came to the subscriber after it began, and leaves the folders that it is in', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a/before`, card('Before', '1'));
    const slow = new SlowWire([publisher, subscriber], async (count) => {
      if (count === 2) await subscriber.put(`${at}/a/meanwhile`, card('Meanwhile', '1'));
    });
    await sync(subscriber, 'Repository', slow, { refreshFrom: 'publisher' });
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/a', '/a/meanwhile', '/first']);
    await expectRest(pair);
    expect(Object.keys(await publisher.tree(at))).toHaveLength(3);
  });
});
