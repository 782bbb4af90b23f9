import { describe, expect, it } from 'vitest';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import { listConflicts } from '../../src/use-cases/exchange/list-conflicts.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { undoSettlements } from '../../src/use-cases/exchange/undo-settlement.ts';
import { HandClock } from '../support/memory-site.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, manager, seedPair, sync, TestSite, Wire } from '../support/synced-sites.ts';
import { idsOf, pairInConflict } from './pair-in-conflict.ts';

const at = '/portal_repository';

async function chain(): Promise<Readonly<Record<'top' | 'hub' | 'leaf', TestSite>> & { readonly wire: Wire }> {
  const clock = new HandClock();
  const [top, hub, leaf] = [new TestSite('top', clock), new TestSite('hub', clock), new TestSite('leaf', clock)];
  for (const site of [top, hub]) await site.addAccount('sync', 'a:b');
  await top.put(`${at}/a`, card('A', '1'));
  await top.publish('Repository', at);
  await hub.subscribe('Repository', top, at);
  await hub.publish('Repository', at);
  await leaf.subscribe('Repository', hub, at);
  const wire = new Wire(top, hub, leaf);
  for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
  return { top, hub, leaf, wire };
}

async function open({ context }: TestSite): Promise<readonly Conflict[]> {
  return context.store.conflicts({ state: 'open' });
}

/** At both sides the first settlement stands, nothing is asked, and the second is in the history. */
async function expectSettled({ publisher, subscriber }: Pair, first: string, second: string): Promise<void> {
  for (const site of [publisher, subscriber]) {
    expect(await site.get(`${at}/a`)).toContain(`>${first}<`);
    expect(await open(site)).toEqual([]);
    expect((await site.context.store.conflicts({ state: 'settled' })).at(-1)).toMatchObject({
      settledBy: 'person',
      publisher: { value: first },
      subscriber: { value: second },
    });
  }
}

describe('the note of a conflict (engine.md §5)', () => {
  it.each(['publisher', 'subscriber'] as const)(
    'stays open when the field is edited at the %s without looking at it',
    async (side) => {
      const pair = await pairInConflict();
      const { publisher, subscriber, wire } = pair;
      const [id] = await idsOf(publisher);
      await pair[side].put(`${at}/a`, card('A', '55'));
      await sync(subscriber, 'Repository', wire);
      await sync(subscriber, 'Repository', wire);
      for (const site of [publisher, subscriber]) {
        expect(await site.get(`${at}/a`)).toContain('>55<');
        expect(await open(site)).toMatchObject([{ id, subscriber: { value: '100' } }]);
        expect(await listConflicts(site.context, {})).toMatchObject([{ publisher: { value: '10' }, stands: '55' }]);
      }
    },
  );

  it('is not settled by a deletion that has not seen a later edit: the edit stands, and the question is asked anew', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('A', '10'));
    await subscriber.remove(`${at}/a`);
    await sync(subscriber, 'Repository', wire);
    expect(await open(subscriber)).toMatchObject([{ field: 'existence' }]);
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep: 'subscriber' });
    await publisher.put(`${at}/a`, card('Adam', '10'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    for (const site of [publisher, subscriber]) {
      expect(await site.get(`${at}/a`)).toContain('Adam');
      expect(await open(site)).toMatchObject([{ field: 'existence' }]);
    }
  });

  it('closes by itself on both sides when an edit at the subscriber makes the values equal', async () => {
    const { publisher, subscriber, wire } = await pairInConflict();
    await subscriber.put(`${at}/a`, card('A', '100'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await open(publisher)).toEqual([]);
    expect(await open(subscriber)).toEqual([]);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('closes by itself on both sides when an edit at the publisher makes the values equal', async () => {
    const { publisher, subscriber, wire } = await pairInConflict();
    await publisher.put(`${at}/a`, card('A', '100'));
    expect(await publisher.context.store.conflicts()).toMatchObject([{ state: 'settled', settledBy: 'equal-values' }]);
    await sync(subscriber, 'Repository', wire);
    expect(await open(subscriber)).toEqual([]);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('shows that nothing stands where the field, or the object, was taken away', async () => {
    const { publisher } = await pairInConflict();
    expect(await listConflicts(publisher.context, {})).toMatchObject([{ stands: '10' }]);
    await publisher.remove(`${at}/a`);
    expect(await listConflicts(publisher.context, {})).toMatchObject([{ stands: undefined }]);
  });

  it('stays open when the publisher edits another field', async () => {
    const { publisher } = await pairInConflict();
    await publisher.put(`${at}/a`, card('B', '10'));
    expect(await open(publisher)).toHaveLength(1);
  });

  it('closes when the edit of another subscriber makes the values equal', async () => {
    const { publisher, subscriber, wire, clock } = await pairInConflict();
    const other = new TestSite('other', clock);
    await other.subscribe('Repository', publisher, at);
    const wires = new Wire(publisher, other);
    await sync(other, 'Repository', wires);
    await other.put(`${at}/a`, card('A', '100'));
    await sync(other, 'Repository', wires);
    expect(await open(publisher)).toEqual([]);
    await sync(subscriber, 'Repository', wire);
    expect(await open(subscriber)).toEqual([]);
  });

  describe('of another subscriber', () => {
    /** Three values of one field, and two notes: of each subscriber's against the publisher's. */
    async function twoNotes(others: string): Promise<Pair & { readonly ids: readonly string[] }> {
      const pair = await seedPair();
      const { publisher, subscriber, wire, clock } = pair;
      const other = new TestSite('other', clock);
      await other.subscribe('Repository', publisher, at);
      const wires = new Wire(publisher, other);
      await publisher.put(`${at}/a`, card('A', '1'));
      await sync(subscriber, 'Repository', wire);
      await sync(other, 'Repository', wires);
      await subscriber.put(`${at}/a`, card('A', '100'));
      await other.put(`${at}/a`, card('A', others));
      await publisher.put(`${at}/a`, card('A', '10'));
      await sync(subscriber, 'Repository', wire);
      await sync(other, 'Repository', wires);
      return { ...pair, ids: await idsOf(publisher) };
    }

    it('closes when a settlement makes the values equal, and opens again when that is taken back', async () => {
      const { publisher, ids } = await twoNotes('100');
      const [one = '', other = ''] = ids;
      await resolveConflicts(publisher.context, manager, { ids: [one], keep: 'subscriber' });
      expect(await open(publisher)).toEqual([]);
      expect(await publisher.context.store.conflict(other)).toMatchObject({ settledBy: 'equal-values' });
      await undoSettlements(publisher.context, manager, { ids: [one] });
      expect((await idsOf(publisher)).toSorted()).toEqual([one, other].toSorted());
      expect(await publisher.get(`${at}/a`)).toContain('>10<');
    });

    it('stays open when a settlement makes something else of the field', async () => {
      const { publisher, ids } = await twoNotes('1000');
      const [one = '', other = ''] = ids;
      await resolveConflicts(publisher.context, manager, { ids: [one], keep: 'subscriber' });
      expect(await idsOf(publisher)).toEqual([other]);
    });

    it('closes when a settlement is taken back, and that makes the values equal', async () => {
      const { publisher, subscriber, wire } = await pairInConflict();
      const [one = ''] = await idsOf(publisher);
      const other = new TestSite('other', subscriber.clock);
      await other.subscribe('Repository', publisher, at);
      const wires = new Wire(publisher, other);
      await sync(other, 'Repository', wires);
      await publisher.put(`${at}/a`, card('A', '20'));
      await resolveConflicts(publisher.context, manager, { ids: [one], value: '30' });
      await other.put(`${at}/a`, card('B', '20'));
      await sync(other, 'Repository', wires);
      expect(await open(publisher)).toMatchObject([{ publisher: { value: '30' }, subscriber: { value: '20' } }]);
      await undoSettlements(publisher.context, manager, { ids: [one] });
      expect(await idsOf(publisher)).toEqual([one]);
      await sync(subscriber, 'Repository', wire);
      expect(await subscriber.get(`${at}/a`)).toContain('>20<');
    });
  });

  it('lets the settlement that came first stand, and keeps a second that differs in the history, asking no more', async () => {
    const pair = await pairInConflict();
    const { publisher, subscriber, wire } = pair;
    await resolveConflicts(publisher.context, manager, { ids: await idsOf(publisher), value: 'first' });
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), value: 'second' });
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    await expectSettled(pair, 'first', 'second');
  });

  it('lets it stand, too, when it was to keep what had been edited since, and the second writes something else', async () => {
    const pair = await pairInConflict();
    const { publisher, subscriber, wire } = pair;
    await publisher.put(`${at}/a`, card('A', '20'));
    await resolveConflicts(publisher.context, manager, { ids: await idsOf(publisher), keep: 'publisher' });
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), value: 'second' });
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    await expectSettled(pair, '20', 'second');
  });

  it.each([
    ['stands, when the other side had decided to delete it', false],
    ['asks again, when the object is edited after it', true],
  ])('of an object that was edited since: the decision to keep it %s', async (_, isEditedLater) => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('A', '10'));
    await subscriber.remove(`${at}/a`);
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('Adam', '10'));
    await resolveConflicts(publisher.context, manager, { ids: await idsOf(publisher), keep: 'publisher' });
    if (isEditedLater) await publisher.put(`${at}/a`, card('Adam', '11'));
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep: 'subscriber' });
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    for (const site of [publisher, subscriber]) {
      expect(await site.get(`${at}/a`)).toContain('Adam');
      expect(await open(site)).toHaveLength(isEditedLater ? 1 : 0);
      const last = (await site.context.store.conflicts()).at(-1);
      expect([last?.field, last?.publisher.value, last?.subscriber.value]).toEqual(['existence', 'present', undefined]);
      expect(last?.settledBy).toBe(isEditedLater ? undefined : 'person');
    }
  });

  it('asks again where the settlement comes upon an edit that made the values equal, not upon another settlement', async () => {
    const { publisher, subscriber, wire } = await pairInConflict();
    await publisher.put(`${at}/a`, card('A', '100'));
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), value: 'mine' });
    await sync(subscriber, 'Repository', wire);
    expect(await open(publisher)).toMatchObject([{ publisher: { value: '100' }, subscriber: { value: 'mine' } }]);
  });

  it('makes nothing of two settlements that say the same', async () => {
    const { publisher, subscriber, wire } = await pairInConflict();
    await resolveConflicts(publisher.context, manager, { ids: await idsOf(publisher), value: 'same' });
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), value: 'same' });
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    for (const site of [publisher, subscriber]) {
      expect(await site.get(`${at}/a`)).toContain('>same<');
      expect(await open(site)).toEqual([]);
    }
  });

  it('closes at a hub when what comes from its own publisher makes the values equal', async () => {
    const { top, hub, leaf, wire } = await chain();
    await leaf.put(`${at}/a`, card('A', 'leaf'));
    await hub.put(`${at}/a`, card('A', 'hub'));
    for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    expect(await open(hub)).toMatchObject([{ role: 'publisher', subscriber: { value: 'leaf' } }]);
    await top.put(`${at}/a`, card('A', 'leaf'));
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    for (const site of [top, hub, leaf]) expect(await open(site)).toEqual([]);
  });

  it('waits at the hub for the edit of a leaf that clashed at the top, and what is settled there reaches the leaf', async () => {
    const { top, hub, leaf, wire } = await chain();
    await leaf.put(`${at}/a`, card('A', 'leaf'));
    await top.put(`${at}/a`, card('A', 'top'));
    for (const site of [leaf, hub, leaf]) await sync(site, 'Repository', wire);
    expect(await leaf.get(`${at}/a`)).toContain('>top<');
    expect(await open(hub)).toMatchObject([{ publisher: { value: 'top' }, subscriber: { value: 'leaf' } }]);
    await resolveConflicts(hub.context, manager, { ids: await idsOf(hub), keep: 'subscriber' });
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    expect(await open(top)).toEqual([]);
    for (const site of [top, hub, leaf]) expect(await site.get(`${at}/a`)).toContain('>leaf<');
  });
});
