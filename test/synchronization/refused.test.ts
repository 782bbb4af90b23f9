import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { listExceptions } from '../../src/use-cases/exchange/list-exceptions.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { chainOf, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, manager, seedPair, sync, syncUnheard, TestSite, Wire } from '../support/synced-sites.ts';
import { idsOf } from './pair-in-conflict.ts';

const at = '/portal_repository';
const files = siteFiles();
const tooLarge = 'x'.repeat(5_000);

function withNote(name: string, phone: string): string {
  return card(name, phone).replace('</object>', '<note type="string">of the publisher</note></object>');
}

/** A publisher that takes no large documents has refused a subscriber's edit of the telephone of `a`. */
async function refusedPair(): Promise<Pair> {
  const pair = await seedPair({}, {}, { publisher: { ...defaultXmlLimits, maxOctets: 4_000 } });
  await pair.publisher.put(`${at}/a`, card('A', '1'));
  for (let round = 0; round < 2; round += 1) await sync(pair.subscriber, 'Repository', pair.wire);
  await pair.subscriber.put(`${at}/a`, card('A', tooLarge));
  await sync(pair.subscriber, 'Repository', pair.wire);
  expect(await reasonsAt(pair.subscriber)).toEqual(['refused']);
  return pair;
}

/** A publisher that takes no large documents, and a subscriber with a file, which has made `a` and not sent it yet. */
async function pairOnFile(): Promise<Pair> {
  const clock = new HandClock();
  const publisher = new TestSite('cps', clock, { xmlLimits: { ...defaultXmlLimits, maxOctets: 4_000 } });
  const subscriber = new TestSite('cps_client', clock, { file: files.file('cps_client') });
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/first`, card('First', '1'));
  await publisher.publish('Repository', at);
  await subscriber.subscribe('Repository', publisher, at);
  await subscriber.put(`${at}/a`, card('A', '1'));
  return { publisher, subscriber, wire: new Wire(publisher, subscriber), clock };
}

async function reasonsAt({ context }: TestSite): Promise<readonly string[]> {
  const [row] = [...(await context.store.subscriptions()), ...(await context.store.subscribers('Repository'))];
  return (await listExceptions(context, row?.peer ?? 0)).map(({ why }) => why.reason);
}

describe('an edit that the publisher has refused', () => {
  it.each(['edits', 'deletes'] as const)(
    'waits together with what clashes with it, when the publisher %s the same: neither goes again and again',
    async (does) => {
      const { publisher, subscriber, wire } = await refusedPair();
      if (does === 'edits') await publisher.put(`${at}/a`, card('A', '2'));
      else await publisher.remove(`${at}/a`);
      await publisher.put(`${at}/b`, card('B', '1'));
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
      expect(await subscriber.get(`${at}/a`)).toBe(card('A', tooLarge));
      expect(await publisher.get(`${at}/a`)).toBe(does === 'edits' ? card('A', '2') : undefined);
      expect(await subscriber.get(`${at}/b`)).toBe(card('B', '1'));
      expect(await reasonsAt(subscriber)).toEqual(['refused']);
      expect(await reasonsAt(publisher)).toEqual(['refused']);
    },
  );

  it.each(['publisher', 'subscriber'] as const)('is shown as such after the %s was restored', async (which) => {
    const pair = await refusedPair();
    const { publisher, subscriber, wire } = pair;
    await sync(subscriber, 'Repository', wire);
    await pair[which].context.store.startEpoch();
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await reasonsAt(subscriber)).toEqual(['refused']);
    await subscriber.put(`${at}/a`, card('A', '3'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '3'));
    expect(await reasonsAt(subscriber)).toEqual([]);
  });

  it('is not written over in a comparison, when its maker was restored to before it was refused', async () => {
    const { publisher, subscriber, wire, clock } = await pairOnFile();
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('A', tooLarge));
    const file = files.backUp(subscriber);
    await sync(subscriber, 'Repository', wire);
    const restored = await restoredSite('cps_client', clock, file);
    for (const options of [{}, {}, { slow: true, allowDeletions: 10 }, {}])
      await sync(restored, 'Repository', new Wire(publisher, restored), options);
    expect(await restored.get(`${at}/a`)).toBe(card('A', tooLarge));
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '1'));
    expect(await reasonsAt(restored)).toEqual(['refused']);
  });

  it.each(['agreed', 'met'] as const)(
    'is not written over, when its maker was restored to before it was refused, after both had %s, and both edit the object',
    async (had) => {
      const { publisher, subscriber, wire, clock } = await pairOnFile();
      for (let round = 0; round < (had === 'agreed' ? 2 : 1); round += 1) await sync(subscriber, 'Repository', wire);
      await subscriber.put(`${at}/a`, card('A', tooLarge));
      const file = files.backUp(subscriber);
      await sync(subscriber, 'Repository', wire);
      await publisher.put(`${at}/a`, withNote('A', '1'));
      const restored = await restoredSite('cps_client', clock, file);
      await restored.put(`${at}/a`, card('B', tooLarge));
      for (const options of [{}, {}, { slow: true, allowDeletions: 10 }, {}])
        await sync(restored, 'Repository', new Wire(publisher, restored), options);
      expect(await restored.get(`${at}/a`)).toBe(withNote('B', tooLarge));
      expect(await publisher.get(`${at}/a`)).toBe(withNote('A', '1'));
      expect(await reasonsAt(restored)).toEqual(['refused']);
    },
  );

  it.each(['nothing', 'the same anew'] as const)(
    'takes nothing with it of what a publisher that was restored can have from nobody else, and edits %s',
    async (edits) => {
      const clock = new HandClock();
      const xmlLimits = { ...defaultXmlLimits, maxOctets: 4_000 };
      const publisher = new TestSite('cps', clock, { xmlLimits, file: files.file('cps') });
      const subscriber = new TestSite('cps_client', clock);
      await publisher.addAccount('sync', 'a:b');
      await publisher.put(`${at}/a`, card('A', '1'));
      await publisher.publish('Repository', at);
      const file = files.backUp(publisher);
      await subscriber.subscribe('Repository', publisher, at);
      const wire = new Wire(publisher, subscriber);
      await sync(subscriber, 'Repository', wire);
      await subscriber.put(`${at}/a`, card('A', tooLarge));
      await publisher.put(`${at}/a`, card('B', '1'));
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      expect(await subscriber.get(`${at}/a`)).toBe(card('B', tooLarge));
      const restored = await restoredSite('cps', clock, file, xmlLimits);
      if (edits !== 'nothing') await restored.put(`${at}/a`, card('C', '1'));
      const newWire = new Wire(restored, subscriber);
      for (const options of [{}, { slow: true, allowDeletions: 10 }, {}, { slow: true }, {}])
        await sync(subscriber, 'Repository', newWire, options);
      expect(await subscriber.get(`${at}/a`)).toBe(card('B', tooLarge));
      expect(await reasonsAt(subscriber)).toEqual(['refused']);
      await subscriber.put(`${at}/a`, card('B', '2'));
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', newWire);
      expect(await restored.get(`${at}/a`)).toBe(card(edits === 'nothing' ? 'B' : 'C', '2'));
      const asked = edits === 'nothing' ? [] : [{ publisher: { value: 'C' }, subscriber: { value: 'B' } }];
      expect(await restored.context.store.conflicts()).toMatchObject(asked);
      expect(await subscriber.tree(at)).toEqual(await restored.tree(at));
    },
  );

  it('takes nothing with it of what a restored hub gets again, as it was before, from its own publisher', async () => {
    const clock = new HandClock();
    const xmlLimits = { ...defaultXmlLimits, maxOctets: 4_000 };
    const [top, leaf] = [new TestSite('top', clock), new TestSite('leaf', clock)];
    const hub = new TestSite('hub', clock, { xmlLimits, file: files.file('hub') });
    await top.put(`${at}/first`, card('First', '1'));
    const wire = await chainOf(at, [top, hub, leaf]);
    const backup = files.backUp(hub);
    await hub.put(`${at}/a`, card('A', '1'));
    for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    await leaf.put(`${at}/a`, card('A', '2'));
    await sync(leaf, 'Repository', wire);
    await leaf.put(`${at}/a`, card(tooLarge, '2'));
    const restored = await restoredSite('hub', clock, backup, xmlLimits);
    await compareAll([leaf, restored], new Wire(top, restored, leaf));
    expect(await restored.get(`${at}/a`)).toBe(card('A', '1'));
    expect(await leaf.get(`${at}/a`)).toBe(card(tooLarge, '2'));
    expect(await reasonsAt(leaf)).toEqual(['refused']);
    await leaf.put(`${at}/a`, card('B', '2'));
    await compareAll([leaf, restored], new Wire(top, restored, leaf));
    expect(await top.get(`${at}/a`)).toBe(card('B', '2'));
  });

  it('takes nothing away at the publisher in a refresh', async () => {
    const { publisher, subscriber, wire } = await refusedPair();
    await sync(subscriber, 'Repository', wire, { refreshFrom: 'subscriber' });
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '1'));
    expect(await subscriber.get(`${at}/a`)).toBe(card('A', tooLarge));
    expect(await reasonsAt(subscriber)).toEqual(['refused']);
  });

  it.each(['publisher', 'subscriber'] as const)('flows with the next edit at the %s', async (where) => {
    const pair = await refusedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, card('A', '2'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    if (where === 'publisher') await publisher.put(`${at}/a`, card('A', '1'));
    else await subscriber.put(`${at}/a`, card('A', '3'));
    for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', wire);
    if (where === 'publisher') {
      // What the edit was made on stands again: nothing of the publisher's clashes with it, and it is still too large.
      expect(await reasonsAt(subscriber)).toEqual(['refused']);
      expect(await publisher.get(`${at}/a`)).toBe(card('A', '1'));
      return;
    }
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.conflicts({ state: 'open' })).toMatchObject([
      { publisher: { value: '2' }, subscriber: { value: '3' } },
    ]);
    expect(await reasonsAt(publisher)).toEqual([]);
  });

  it.each(['deletes what it had made', 'takes the edit back'] as const)(
    'is nothing to be shown any more, when the subscriber %s',
    async (then) => {
      const { publisher, subscriber, wire } = await refusedPair();
      await subscriber.put(`${at}/b`, card('B', tooLarge));
      await sync(subscriber, 'Repository', wire);
      expect(await reasonsAt(subscriber)).toEqual(['refused', 'refused']);
      if (then === 'takes the edit back') await subscriber.put(`${at}/a`, card('A', '1'));
      else await subscriber.remove(`${at}/b`);
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      expect(await reasonsAt(subscriber)).toEqual(['refused']);
      expect(await publisher.get(`${at}/a`)).toBe(card('A', '1'));
      expect(await publisher.get(`${at}/b`)).toBeUndefined();
    },
  );

  it('is not all that the publisher has, when an earlier one had come unheard: a deletion goes there', async () => {
    const { publisher, subscriber, wire } = await refusedPair();
    await subscriber.put(`${at}/b`, card('B', '1'));
    const last = wire.requests + 1;
    wire.fault = (where) => {
      if (where === 'answer' && wire.requests >= last) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('lost');
    wire.fault = () => undefined;
    expect(await publisher.get(`${at}/b`)).toBe(card('B', '1'));
    await subscriber.put(`${at}/b`, card('B', tooLarge));
    await sync(subscriber, 'Repository', wire, { restart: true });
    await subscriber.remove(`${at}/b`);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/b`)).toBeUndefined();
    expect(await reasonsAt(subscriber)).toEqual(['refused']);
  });

  it('is kept, when it settles a conflict besides', async () => {
    const { publisher, subscriber, wire } = await refusedPair();
    await subscriber.put(`${at}/a`, card('A', '3'));
    await publisher.put(`${at}/a`, card('A', '2'));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep: 'subscriber' });
    await subscriber.put(`${at}/a`, card(tooLarge, '3'));
    await publisher.remove(`${at}/a`);
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get(`${at}/a`)).toBe(card(tooLarge, '3'));
    expect(await reasonsAt(subscriber)).toEqual(['refused']);
  });
});

/** A publisher with one document, and a subscriber; one of them takes no large ones. */
async function narrowPair(
  document: string,
  narrow: 'publisher' | 'subscriber' = 'subscriber',
): Promise<Omit<Pair, 'clock'>> {
  const clock = new HandClock();
  const limits = { xmlLimits: { ...defaultXmlLimits, maxOctets: 4_000 } };
  const publisher = new TestSite('cps', clock, narrow === 'publisher' ? limits : {});
  const subscriber = new TestSite('cps_client', clock, narrow === 'subscriber' ? limits : {});
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/a`, document);
  await publisher.publish('Repository', at);
  await subscriber.subscribe('Repository', publisher, at);
  const wire = new Wire(publisher, subscriber);
  return { publisher, subscriber, wire };
}

describe('a version that a subscriber has refused', () => {
  it.each(['publisher', 'subscriber'] as const)('is shown as such after the %s was restored', async (which) => {
    const { publisher, subscriber, wire } = await narrowPair(card('A', tooLarge));
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await reasonsAt(publisher)).toEqual(['refused']);
    await { publisher, subscriber }[which].context.store.startEpoch();
    for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
    expect(await reasonsAt(publisher)).toEqual(['refused']);
    await publisher.put(`${at}/a`, card('A', '2'));
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await reasonsAt(publisher)).toEqual([]);
  });

  it.each(['publisher', 'subscriber'] as const)(
    'goes whole after the %s was restored, where only a change of it had come',
    async (which) => {
      // So long that a change of the other field is the shorter message.
      const title = 'A'.repeat(500);
      const { publisher, subscriber, wire } = await narrowPair(card(title, '1'));
      await sync(subscriber, 'Repository', wire);
      await publisher.put(`${at}/a`, card(title, tooLarge));
      await sync(subscriber, 'Repository', wire);
      const [row] = await publisher.context.store.subscribers('Repository');
      const kept = [...(await publisher.context.store.exceptions(row?.peer ?? 0)).values()];
      expect(kept.map(({ reason }) => reason)).toEqual(['wanted']);
      await { publisher, subscriber }[which].context.store.startEpoch();
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      expect(await reasonsAt(publisher)).toEqual(['refused']);
    },
  );
});

describe('a version that a publisher wants whole', () => {
  it.each([
    { which: 'publisher', isSent: false },
    { which: 'subscriber', isSent: false },
    { which: 'subscriber', isSent: true },
    { which: 'publisher', isSent: true },
  ] as const)(
    'is not given up for what the publisher has, after the $which was restored; sent before in vain: $isSent',
    async ({ which, isSent }) => {
      const title = 'A'.repeat(500);
      const { publisher, subscriber, wire } = await narrowPair(card(title, '1'), 'publisher');
      for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
      await subscriber.put(`${at}/a`, card(title, tooLarge));
      await sync(subscriber, 'Repository', wire);
      const { peer = 0 } = (await subscriber.context.store.subscription('Repository')) ?? {};
      const kept = [...(await subscriber.context.store.exceptions(peer)).values()];
      expect(kept.map(({ reason }) => reason)).toEqual(['wanted']);
      await publisher.put(`${at}/a`, card('B', '1'));
      if (isSent) await syncUnheard(subscriber, wire);
      await { publisher, subscriber }[which].context.store.startEpoch();
      for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', wire);
      expect(await subscriber.get(`${at}/a`)).toContain(tooLarge);
      expect(await reasonsAt(subscriber)).toEqual(['refused']);
    },
  );
});
