import { describe, expect, it } from 'vitest';
import { textConduit } from '../../src/conduits/text.ts';
import type { Pair } from '../support/synced-sites.ts';
import { seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** What a line of text cannot hold stands in `lang` and in an address with parts. */
function person(title: string): string {
  return `<object portal_type="Person"><title lang="en" type="string">${title}</title><phone type="string">1\n 2</phone><address><street>Elm</street></address></object>`;
}

function written(document: string): string {
  return textConduit.write?.(document) ?? document;
}

async function expectQuiet({ subscriber, publisher, wire }: Pair): Promise<void> {
  await sync(subscriber, 'Repository', wire);
  const { traffic, exceptions, sent, received } = await sync(subscriber, 'Repository', wire);
  expect([traffic.requests, exceptions]).toEqual([1, 0]);
  for (const tally of [sent, received]) expect(tally).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  expect(await publisher.context.store.countConflicts()).toBe(0);
}

describe('records that both sites made before they met, where a conduit loses detail', () => {
  it('are one, when the subscriber has what its conduit writes of the publisher’s', async () => {
    const pair = await seedPair({ conduit: 'text' });
    const { publisher, subscriber, wire } = pair;
    for (const name of ['Ann', 'Bea']) {
      await publisher.put(`${at}/${name}`, person(name));
      await subscriber.put(`${at}/${name}`, written(person(name)));
    }
    await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at))).toEqual(['/Ann', '/Bea', '/first']);
    expect(Object.keys(await subscriber.tree(at))).toEqual(['/Ann', '/Bea', '/first']);
    expect(await publisher.get(`${at}/Ann`)).toBe(person('Ann'));
    expect(await subscriber.get(`${at}/Ann`)).toBe(written(person('Ann')));
    await expectQuiet(pair);
  });

  it('are one, when both have the same with detail, and the subscriber’s conduit would lose it', async () => {
    const pair = await seedPair({ conduit: 'text' });
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/Ann`, person('Ann'));
    await subscriber.put(`${at}/Ann`, person('Ann'));
    await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree(at)).filter((path) => path.includes('-2'))).toEqual([]);
    expect(await publisher.get(`${at}/Ann`)).toBe(person('Ann'));
    await expectQuiet(pair);
  });

  it('are two, and both whole, where the publisher’s conduit loses it: a claim does not say what that would write', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.publish('Repository', at, { conduit: 'text' });
    await publisher.put(`${at}/Ann`, written(person('Ann')));
    await subscriber.put(`${at}/Ann`, person('Ann'));
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get(`${at}/Ann`)).toBe(written(person('Ann')));
    expect(await subscriber.get(`${at}/Ann-2`)).toBe(person('Ann'));
    expect(await publisher.get(`${at}/Ann-2`)).toBe(written(person('Ann')));
    await expectQuiet(pair);
  });
});
