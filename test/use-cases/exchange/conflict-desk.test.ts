import { describe, expect, it } from 'vitest';
import type { ListedConflict } from '../../../src/ports/peer-reader.ts';
import { addConflictRule, removeConflictRule } from '../../../src/use-cases/exchange/conflict-rules.ts';
import type { KeptChanges } from '../../../src/use-cases/exchange/kept-changes.ts';
import { keptChanges } from '../../../src/use-cases/exchange/kept-changes.ts';
import type { SubscriptionSettings } from '../../../src/use-cases/administration/subscribe.ts';
import { collectGarbage } from '../../../src/use-cases/administration/collect-garbage.ts';
import { conflictPage } from '../../../src/use-cases/exchange/list-conflicts.ts';
import { resolveConflicts } from '../../../src/use-cases/exchange/resolve-conflict.ts';
import { resolveFound, undoTogether } from '../../../src/use-cases/exchange/settle-together.ts';
import { canUndo, undoSettlements } from '../../../src/use-cases/exchange/undo-settlement.ts';
import type { Pair, TestSite } from '../../support/synced-sites.ts';
import { card, manager, seedPair, sync } from '../../support/synced-sites.ts';

const phone = '/object/phone/text()';

/** Two sites that agree on some people. */
async function withPeople(...names: readonly string[]): Promise<Pair> {
  const pair = await seedPair();
  for (const name of names) await pair.publisher.put(`/portal_repository/${name}`, card(name, '0'));
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

/** Each side gives these another telephone: the publisher first, so that the subscriber's is the newer. */
async function callTwice(pair: Pair, ...names: readonly string[]): Promise<void> {
  for (const name of names) await edit(pair, name, ['1', '2']);
  await sync(pair.subscriber, 'Repository', pair.wire);
}

async function edit(pair: Pair, name: string, [here, there]: readonly [string, string]): Promise<void> {
  await pair.publisher.put(`/portal_repository/${name}`, card(name, here), 'paula');
  await pair.subscriber.put(`/portal_repository/${name}`, card(name, there), 'sam');
}

async function open(site: TestSite): Promise<readonly ListedConflict[]> {
  return site.context.store.conflicts({ state: 'open' });
}

async function only(site: TestSite): Promise<ListedConflict> {
  const [conflict] = await site.context.store.conflicts();
  if (conflict === undefined) expect.fail('there is a conflict');
  return conflict;
}

const phoneAt = async (site: TestSite, name = 'ann'): Promise<string | undefined> =>
  /<phone type="string">(.*)<\/phone>/.exec((await site.get(`/portal_repository/${name}`)) ?? '')?.[1];

describe('two people at one desk', () => {
  it('do not overrule each other unseen', async () => {
    const pair = await withPeople('ann');
    await callTwice(pair, 'ann');
    const { context } = pair.subscriber;
    const { id, listedAt } = await only(pair.subscriber);
    const late = resolveConflicts(context, manager, {
      ids: [id],
      versions: { [id]: listedAt - 1 },
      keep: 'subscriber',
    });
    await expect(late).rejects.toMatchObject({ code: 'CON-E006' });
    expect(await phoneAt(pair.subscriber)).toBe('1');
    await resolveConflicts(context, manager, { ids: [id], versions: { [id]: listedAt }, keep: 'subscriber' });
    expect(await phoneAt(pair.subscriber)).toBe('2');
  });
});

describe('a value that somebody writes', () => {
  it.each([
    [phone, '1\u0000', 'CON-R021', /phone\/text\(\): XML cannot hold the character U\+0000/],
    [phone, '\uD83D', 'CON-R021', /XML cannot hold/],
    ['/object/@lang', '\uFFFE', 'CON-R021', /XML cannot hold/],
    ['/object/comment()', 'a--b', 'CON-R021', /a comment cannot contain --/],
    ['/object/processing-instruction()', 'a?>', 'CON-R021', /a processing instruction cannot/],
    ['/object/phone', 'plain', 'CON-R021', /there has to be one element/],
    ['/object/phone', '<phone>', 'CON-R021', /something is not closed/],
    ['/object/node()', '<phone/', 'CON-R021', /not well-formed/],
    ['/object/phone', `<a>${'<a>'.repeat(300)}${'</a>'.repeat(301)}`, 'CON-X002', /deeper than/],
    ['/object', '<person/>', 'CON-R008', /not of type object/],
    ['/object/none/text()', 'x', 'CON-E006', /no place/],
    ['existence', 'perhaps', 'CON-R021', /no other value/],
    ['id', 'a\u0001', 'CON-R008', /control characters/],
    ['id', '', 'CON-R008', /cannot be the id/],
    ['type', 'nonsense', 'CON-R008', /no type/],
  ])('in %s, as %j, is refused where it cannot stand there, and changes nothing', async (field, value, code, why) => {
    const pair = await withPeople('ann');
    await callTwice(pair, 'ann');
    const { context } = pair.publisher;
    const note = await only(pair.publisher);
    const changed = { ...note, field: field as ListedConflict['field'] };
    await context.store.update(() => Promise.resolve({ batch: { conflicts: [changed] }, result: undefined }));
    const before = await pair.publisher.get('/portal_repository/ann');
    const settling = resolveConflicts(context, manager, { ids: [note.id], value });
    await expect(settling).rejects.toMatchObject({ code, message: expect.stringMatching(why) as string });
    expect(await pair.publisher.get('/portal_repository/ann')).toBe(before);
    expect(await open(pair.publisher)).toHaveLength(1);
  });
});

describe('conflicts about the attribute that a place is named by, and about others beside it', () => {
  const named = (value: string): string => `<person id="${value}" k="${value}"><town>${value}</town></person>`;

  async function bothHaveEdited(settings: SubscriptionSettings = {}): Promise<Pair> {
    const pair = await seedPair(settings);
    const { publisher, subscriber, wire } = pair;
    await publisher.put('/portal_repository/ann', named('1'));
    await sync(subscriber, 'Repository', wire);
    await publisher.put('/portal_repository/ann', named('2'), 'paula');
    await subscriber.put('/portal_repository/ann', named('3'), 'sam');
    await sync(subscriber, 'Repository', wire);
    return pair;
  }

  it.each([
    ['one after the other', (ids: readonly string[]) => ids.map((id) => [id])],
    ['the other way round', (ids: readonly string[]) => ids.toReversed().map((id) => [id])],
    ['at once', (ids: readonly string[]) => [ids]],
    ['at once, the other way round', (ids: readonly string[]) => [ids.toReversed()]],
  ])('are settled %s', async (_, inSteps) => {
    const { publisher, subscriber, wire } = await bothHaveEdited();
    const ids = (await open(publisher)).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    for (const step of inSteps(ids))
      await resolveConflicts(publisher.context, manager, { ids: step, keep: 'subscriber' });
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get('/portal_repository/ann')).toBe(named('3'));
    expect(await subscriber.get('/portal_repository/ann')).toBe(named('3'));
    expect(await open(publisher)).toEqual([]);
  });

  it.each([false, true])(
    'are settled together where their places are counted, in any order: %j',
    async (isReversed) => {
      const list = (...texts: readonly string[]): string =>
        `<list>${texts.map((text) => `<e><t>${text}</t><u>${text}</u></e>`).join('')}</list>`;
      const pair = await seedPair();
      const { publisher, subscriber } = pair;
      await publisher.put('/portal_repository/list', list('a', 'b', 'c', 'd'));
      await sync(subscriber, 'Repository', pair.wire);
      const edited = list('a', 'b', 'c', 'd').replace('<u>a', '<u>A').replace('<u>c', '<u>C');
      await publisher.put('/portal_repository/list', list('b', 'd'), 'paula');
      await subscriber.put('/portal_repository/list', edited, 'sam');
      await sync(subscriber, 'Repository', pair.wire);
      const ids = (await open(publisher)).map(({ id }) => id);
      expect(ids).toHaveLength(2);
      await resolveConflicts(publisher.context, manager, {
        ids: isReversed ? ids.toReversed() : ids,
        keep: 'subscriber',
      });
      expect(await publisher.get('/portal_repository/list')).toBe(edited);
    },
  );

  it('do not end a sync where the subscriber’s values stand', async () => {
    const { publisher } = await bothHaveEdited({ conflictPolicy: 'THIS' });
    expect(await publisher.get('/portal_repository/ann')).toBe(named('3'));
  });
});

describe('the newer value', () => {
  it('is the one whose edit is later, whoever settles', async () => {
    const pair = await withPeople('ann', 'bob');
    await callTwice(pair, 'ann', 'bob');
    const ids = (await open(pair.publisher)).map(({ id }) => id);
    await resolveConflicts(pair.publisher.context, manager, { ids, keep: 'newer' });
    expect([await phoneAt(pair.publisher), await phoneAt(pair.publisher, 'bob')]).toEqual(['2', '2']);
  });

  it('leaves nothing that is settled by others of more than one commit', async () => {
    const pair = await withPeople('ann', 'bob');
    await callTwice(pair, 'ann', 'bob');
    const { context } = pair.publisher;
    const [ann, bob] = await open(pair.publisher);
    if (ann === undefined || bob === undefined) expect.fail('there are two conflicts');
    const more = Array.from({ length: 210 }, (_, at) => ({ ...bob, id: `more-${String(at)}` }));
    const conflicts = [...more, { ...ann, id: 'another' }];
    await context.store.update(() => Promise.resolve({ batch: { conflicts }, result: undefined }));
    expect(await resolveFound(context, manager, { filter: {}, keep: 'subscriber' })).toMatchObject({
      settled: 213,
      left: 0,
    });
    expect(await open(pair.publisher)).toEqual([]);
  });

  it('settles all that a filter finds, and leaves the others', async () => {
    const pair = await withPeople('ann', 'bob');
    await callTwice(pair, 'ann', 'bob');
    const { context } = pair.publisher;
    const [first] = await open(pair.publisher);
    if (first === undefined) expect.fail('there is a conflict');
    await resolveFound(context, manager, { filter: { gid: first.gid }, keep: 'newer' });
    expect(await open(pair.publisher)).toHaveLength(1);
    expect(await resolveFound(context, manager, { filter: {}, keep: 'publisher' })).toMatchObject({
      settled: 1,
      toBeSent: 0,
      left: 0,
    });
    expect(await open(pair.publisher)).toEqual([]);
  });

  it('settles no other number than was meant', async () => {
    const pair = await withPeople('ann', 'bob');
    await callTwice(pair, 'ann', 'bob');
    const { context } = pair.publisher;
    const settling = resolveFound(context, manager, { filter: {}, keep: 'newer', count: 1 });
    await expect(settling).rejects.toMatchObject({ code: 'CON-E010', details: { count: 2 } });
    expect(await open(pair.publisher)).toHaveLength(2);
  });

  it.each(['publisher', 'subscriber'] as const)(
    'is taken back together at the %s, but for what was changed since',
    async (where) => {
      const pair = await withPeople('ann', 'bob', 'cay', 'dan');
      await callTwice(pair, 'ann', 'bob', 'cay', 'dan');
      const site = pair[where];
      const [first] = await open(site);
      await resolveConflicts(site.context, manager, { ids: [first?.id ?? ''], keep: 'subscriber' });
      const done = await resolveFound(site.context, manager, { filter: {}, keep: 'subscriber', count: 3 });
      expect(done.settled + done.toBeSent).toBe(3);
      await site.put('/portal_repository/dan', card('dan', '9'));
      const { batch = '' } = done;
      expect(await undoTogether(site.context, manager, batch)).toEqual({ reopened: 2, left: 1 });
      expect(await open(site)).toHaveLength(2);
      expect(await phoneAt(site, 'bob')).toBe('1');
      await sync(pair.subscriber, 'Repository', pair.wire);
      await expect(undoTogether(site.context, manager, '0.none')).rejects.toMatchObject({ code: 'CON-R010' });
    },
  );
});

describe('a settlement', () => {
  it.each(['publisher', 'subscriber'] as const)('at the %s is taken back until it has been sent', async (where) => {
    const pair = await withPeople('ann');
    await callTwice(pair, 'ann');
    const site = pair[where];
    const { id } = await only(site);
    await resolveConflicts(site.context, manager, { ids: [id], keep: 'subscriber' });
    expect(await phoneAt(site)).toBe('2');
    expect(await canUndo(site.context, await only(site))).toBe(true);
    await undoSettlements(site.context, manager, { ids: [id] });
    expect(await phoneAt(site)).toBe('1');
    expect(await open(site)).toMatchObject([{ id, state: 'open' }]);
    await resolveConflicts(site.context, manager, { ids: [id], value: '3' });
    await sync(pair.subscriber, 'Repository', pair.wire);
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect([await phoneAt(pair.publisher), await phoneAt(pair.subscriber)]).toEqual(['3', '3']);
    expect(await canUndo(site.context, await only(site))).toBe(false);
    await expect(undoSettlements(site.context, manager, { ids: [id] })).rejects.toMatchObject({ code: 'CON-E006' });
    expect(await phoneAt(site)).toBe('3');
  });

  it('is not taken back when the field was changed since', async () => {
    const pair = await withPeople('ann');
    await callTwice(pair, 'ann');
    const { subscriber } = pair;
    const { id } = await only(subscriber);
    await resolveConflicts(subscriber.context, manager, { ids: [id], keep: 'subscriber' });
    await subscriber.put('/portal_repository/ann', card('ann', '9'));
    await expect(undoSettlements(subscriber.context, manager, { ids: [id] })).rejects.toMatchObject({
      code: 'CON-E006',
    });
    expect(await phoneAt(subscriber)).toBe('9');
  });

  it('is taken back in its field only, when another one was changed since', async () => {
    const pair = await withPeople('ann');
    await callTwice(pair, 'ann');
    const { subscriber } = pair;
    const { id } = await only(subscriber);
    await resolveConflicts(subscriber.context, manager, { ids: [id], keep: 'subscriber' });
    await subscriber.put('/portal_repository/ann', card('Anna', '2'));
    await undoSettlements(subscriber.context, manager, { ids: [id] });
    expect(await subscriber.get('/portal_repository/ann')).toBe(card('Anna', '1'));
  });
});

describe('a rule for a field', () => {
  it.each(['publisher', 'subscriber'] as const)('at the %s settles what is open and what comes', async (where) => {
    const pair = await withPeople('ann', 'bob');
    await callTwice(pair, 'ann');
    const { context } = pair[where];
    const { field } = await only(pair[where]);
    expect(field).toBe(phone);
    const made = await addConflictRule(context, manager, { field, keep: 'newer' });
    expect(made.settled).toBe(1);
    await callTwice(pair, 'bob');
    expect(await open(pair[where])).toEqual([]);
    await sync(pair.subscriber, 'Repository', pair.wire);
    for (const site of [pair.publisher, pair.subscriber]) {
      expect(await open(site)).toEqual([]);
      expect([await phoneAt(site), await phoneAt(site, 'bob')]).toEqual(['2', '2']);
    }
    await removeConflictRule(context, manager, made.rule.id);
    await edit(pair, 'ann', ['7', '8']);
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await open(pair[where])).toHaveLength(1);
    await expect(removeConflictRule(context, manager, made.rule.id)).rejects.toMatchObject({ code: 'CON-R016' });
  });

  it('holds only for its publication, and is a Publisher’s to make', async () => {
    const pair = await withPeople('ann');
    await callTwice(pair, 'ann');
    const { context } = pair.publisher;
    await pair.publisher.publish('Other', '/');
    const elsewhere = await addConflictRule(context, manager, { field: phone, keep: 'newer', publication: 'Other' });
    expect(elsewhere.settled).toBe(0);
    const nowhere = addConflictRule(context, manager, { field: phone, keep: 'newer', publication: 'None' });
    await expect(nowhere).rejects.toMatchObject({ code: 'CON-R003' });
    const member = addConflictRule(context, { name: 'mia', roles: ['Member'] }, { field: phone, keep: 'newer' });
    await expect(member).rejects.toMatchObject({ code: 'CON-A002' });
  });
});

describe('the desk', () => {
  it('is read in pages, and filtered by words of the site', async () => {
    const pair = await withPeople('ann', 'bob');
    await callTwice(pair, 'ann', 'bob');
    const { context } = pair.publisher;
    const first = await conflictPage(context, { state: 'open', limit: 1 });
    expect(first.conflicts.map(({ path }) => path)).toEqual(['/portal_repository/ann']);
    const second = await conflictPage(context, { state: 'open', limit: 1, after: first.next });
    expect(second.conflicts.map(({ path }) => path)).toEqual(['/portal_repository/bob']);
    expect(second.next).toBeUndefined();
    const below = await conflictPage(context, { path: '/cps/portal_repository', publication: 'Repository', limit: 9 });
    expect(below.conflicts).toHaveLength(2);
    expect((await conflictPage(context, { path: '/portal_repository/bob', limit: 9 })).conflicts).toHaveLength(1);
    await expect(conflictPage(context, { publication: 'None', limit: 9 })).rejects.toMatchObject({ code: 'CON-R003' });
    await expect(conflictPage(context, { path: '/none', limit: 9 })).rejects.toMatchObject({ code: 'CON-R002' });
  });
});

describe('the line of a sync in the log', () => {
  /** What the newest line tells, or the one so many before it. */
  const toldBy = async ({ context: { store } }: TestSite, before = 0): Promise<KeptChanges | undefined> => {
    const line = (await store.log({ kinds: ['sync'], limit: before + 1 })).at(before);
    const whole = line && (await store.logLine(line.number));
    if (whole === undefined) throw new Error('there is no such line');
    return keptChanges(store, whole);
  };
  const changesOf = async (site: TestSite, before = 0): Promise<KeptChanges> => {
    const told = await toldBy(site, before);
    if (told === undefined) throw new Error('the line tells nothing');
    return told;
  };

  it('says of what is sent what the other side had before, even if it came with the first sync', async () => {
    const pair = await withPeople('ann');
    await pair.subscriber.put('/portal_repository/ann', card('Anna', '0'));
    await sync(pair.subscriber, 'Repository', pair.wire);
    const fields = [{ field: '/object/title/text()', before: 'ann', after: 'Anna' }];
    const { sent } = await changesOf(pair.subscriber);
    expect(sent).toMatchObject({ total: 1, listed: [{ path: '/portal_repository/ann', action: 'update', fields }] });
  });

  it('says on both sides what changed, object by object, field by field', async () => {
    const pair = await withPeople('ann', 'bob');
    await pair.publisher.put('/portal_repository/ann', card('Anna', '0'));
    await pair.publisher.remove('/portal_repository/bob');
    await pair.subscriber.put('/portal_repository/cay', card('Cay', '5'));
    await sync(pair.subscriber, 'Repository', pair.wire);
    const title = { field: '/object/title/text()', before: 'ann', after: 'Anna' };
    const updated = {
      path: '/portal_repository/ann',
      action: 'update',
      outcome: 'plain',
      fields: [title],
      moreFields: 0,
    };
    const created = { path: '/portal_repository/cay', action: 'create', outcome: 'plain' };
    const there = await changesOf(pair.subscriber);
    expect(there.received).toMatchObject({ total: 2, listed: [updated, { path: 'bob', action: 'delete' }] });
    expect(there.sent).toMatchObject({ total: 1, listed: [created] });
    const here = await changesOf(pair.publisher);
    expect(here.sent).toMatchObject({ total: 2, listed: [updated, { path: 'bob', action: 'delete' }] });
    expect(here.received).toMatchObject({ total: 1, listed: [created] });
  });

  it('says nothing of a sync that changed nothing', async () => {
    const pair = await withPeople('ann');
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect(await toldBy(pair.subscriber)).toBeUndefined();
  });

  it('goes on saying the same after other syncs, as long as the log reaches back', async () => {
    const pair = await withPeople('ann', 'bob');
    await pair.publisher.put('/portal_repository/ann', card('Anna', '0'));
    await pair.subscriber.put('/portal_repository/bob', card('Bobby', '0'));
    await sync(pair.subscriber, 'Repository', pair.wire);
    const sites = [pair.publisher, pair.subscriber];
    const then = [await changesOf(pair.publisher), await changesOf(pair.subscriber)];
    await pair.publisher.put('/portal_repository/ann', card('Annika', '0'));
    await pair.subscriber.put('/portal_repository/bob', card('Rob', '0'));
    await sync(pair.subscriber, 'Repository', pair.wire);
    expect([await changesOf(pair.publisher, 1), await changesOf(pair.subscriber, 1)]).toEqual(then);
    for (let round = 0; round < 8; round++) {
      await pair.publisher.put('/portal_repository/ann', card(`Ann ${String(round)}`, '0'));
      await sync(pair.subscriber, 'Repository', pair.wire);
    }
    for (const site of sites) await collectGarbage(site.context);
    for (const site of sites) expect(await toldBy(site, 9)).toBeUndefined();
    expect((await changesOf(pair.publisher)).sent.listed).toMatchObject([{ path: '/portal_repository/ann' }]);
  });

  it.each(['subscriber', 'publisher'] as const)(
    'lists the deletions that the brake had kept back at the %s, when they were allowed',
    async (side) => {
      const names = Array.from({ length: 25 }, (_, at) => `p${String(at).padStart(2, '0')}`);
      const pair = await withPeople(...names);
      for (const name of names) await pair[side].remove(`/portal_repository/${name}`);
      await sync(pair.subscriber, 'Repository', pair.wire);
      await sync(pair.subscriber, 'Repository', pair.wire);
      await sync(pair.subscriber, 'Repository', pair.wire, { allowDeletions: 25 });
      const here = await changesOf(pair[side]);
      expect(here.sent.total).toBe(25);
      expect(here.sent.listed.map(({ path, action }) => `${action} ${path}`)).toEqual(
        names.map((id) => `delete ${id}`),
      );
      const other = await changesOf(pair[side === 'publisher' ? 'subscriber' : 'publisher']);
      expect(other.received.listed).toHaveLength(25);
    },
  );

  it('marks what is in conflict', async () => {
    const pair = await withPeople('ann');
    await callTwice(pair, 'ann');
    expect((await changesOf(pair.subscriber)).received.listed).toMatchObject([{ outcome: 'conflict' }]);
  });
});
