import { describe, expect, it } from 'vitest';
import type { Edits, OverruledEdit } from '../../src/objects/edit.ts';
import { editIds } from '../../src/objects/edit.ts';
import { receiveVersion } from '../../src/synchronization/receive-change.ts';
import { standingEdits } from '../../src/synchronization/not-standing.ts';
import { decodeChangeTokens, encodeChangeTokens } from '../../src/synchronization/wire/change-tokens.ts';
import { decodeEmi } from '../../src/syncml/emi.ts';
import { chainOf, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

/** A top, a hub, and two leaves of the hub, which all have a card. */
async function twoLeaves() {
  const clock = new HandClock();
  const named = (name: string): TestSite => new TestSite(name, clock, { file: files.file(name) });
  const [top, hub, leaf] = [named('top'), named('hub'), named('leaf')];
  const maker = new TestSite('maker', clock);
  await top.put(`${at}/a`, card('A', '1'));
  const wire = await chainOf(at, [top, hub, leaf]);
  await maker.subscribe('Repository', hub, at);
  for (const site of [hub, leaf, maker, leaf, hub]) await sync(site, 'Repository', wire);
  return { clock, top, hub, leaf, maker, wire };
}

type Sites = Awaited<ReturnType<typeof twoLeaves>>;

/** Top and hub as they were in these backups, when all have synchronised until they agree. */
async function restored({ clock, leaf, maker }: Sites, { tops, hubs }: Readonly<Record<'tops' | 'hubs', string>>) {
  const top = await restoredSite('top', clock, tops);
  const hub = await restoredSite('hub', clock, hubs);
  const sites = [top, hub, leaf, maker];
  await compareAll([leaf, hub, maker], new Wire(...sites));
  return sites;
}

function backUp({ top, hub }: Sites): Readonly<Record<'tops' | 'hubs', string>> {
  return { tops: files.backUp(top), hubs: files.backUp(hub) };
}

/** The two values that each open conflict is about. */
async function openAt(sites: readonly TestSite[]): Promise<readonly unknown[]> {
  const wanted = { state: 'open', role: 'publisher' } as const;
  const open = await Promise.all(sites.map(({ context }) => context.store.conflicts(wanted)));
  return open.flat().map(({ field, publisher, subscriber }) => [field, [publisher.value, subscriber.value].toSorted()]);
}

async function expectEqual([top, ...sites]: readonly TestSite[]): Promise<void> {
  for (const site of sites) expect(await site.tree(at)).toEqual(await top?.tree(at));
}

describe('an edit that was overruled above, where all who know of the conflict are restored to before it', () => {
  it('is asked about again by who still has it, when somebody tells what came over it', async () => {
    const sites = await twoLeaves();
    const { top, hub, leaf, maker, wire } = sites;
    await maker.put(`${at}/a`, card('A', 'below'));
    await sync(maker, 'Repository', wire);
    const backups = backUp(sites);
    await sync(leaf, 'Repository', wire);
    await top.put(`${at}/a`, card('A', 'above'));
    for (const site of [hub, leaf]) await sync(site, 'Repository', wire);
    expect(await leaf.get(`${at}/a`)).toBe(card('A', 'above'));
    const after = await restored(sites, backups);
    expect(await openAt(after)).toEqual([['/object/phone/text()', ['above', 'below']]]);
    await expectEqual(after);
  });

  it.each([
    ['comes back with what its maker tells', 'an edit', ['/object/phone/text()', ['above', 'below']]],
    ['asks whether to delete after all', 'a deletion', ['existence', ['present', undefined]]],
  ])('%s, where nobody else has it any more: %s', async (_, what, asked) => {
    const sites = await twoLeaves();
    const { top, hub, leaf, wire } = sites;
    const backups = backUp(sites);
    if (what === 'an edit') await leaf.put(`${at}/a`, card('A', 'below'));
    else await leaf.remove(`${at}/a`);
    await top.put(`${at}/a`, card('A', 'above'));
    for (const site of [leaf, hub, leaf]) await sync(site, 'Repository', wire);
    expect(await leaf.get(`${at}/a`)).toBe(card('A', 'above'));
    const after = await restored(sites, backups);
    expect(await openAt(after)).toEqual([asked]);
    await expectEqual(after);
  });

  it('is asked about no more once somebody has set the field who has seen both', async () => {
    const sites = await twoLeaves();
    const { top, hub, leaf, wire } = sites;
    const backups = backUp(sites);
    await leaf.put(`${at}/a`, card('A', 'below'));
    await top.put(`${at}/a`, card('A', 'above'));
    for (const site of [leaf, hub, leaf]) await sync(site, 'Repository', wire);
    await leaf.put(`${at}/a`, card('A', 'of both'));
    const after = await restored(sites, backups);
    expect(await openAt(after)).toEqual([]);
    for (const site of after) expect(await site.get(`${at}/a`)).toBe(card('A', 'of both'));
  });
});

it.each([
  ['had never had the object', []],
  ['had the object', ['before']],
  ['had heard of the deletion', ['before', 'after']],
])(
  'a deletion is asked about again where it was overruled below, and those who were asked are restored: the top %s',
  async (_, told) => {
    const { clock, top, hub, leaf, wire } = await twoLeaves();
    const tell = async (when: string): Promise<void> => {
      if (told.includes(when)) await sync(hub, 'Repository', wire);
    };
    await hub.put(`${at}/b`, card('B', '1'));
    await sync(leaf, 'Repository', wire);
    await tell('before');
    await hub.remove(`${at}/b`);
    await tell('after');
    await leaf.put(`${at}/b`, card('B', 'below'));
    const backups = { hub: files.backUp(hub), leaf: files.backUp(leaf) };
    for (const site of [leaf, hub]) await sync(site, 'Repository', wire);
    expect(await top.get(`${at}/b`)).toBe(card('B', 'below'));
    const sites = [top, await restoredSite('hub', clock, backups.hub), await restoredSite('leaf', clock, backups.leaf)];
    await compareAll(sites.slice(1), new Wire(...sites));
    expect(await openAt(sites)).toEqual([['existence', ['present', undefined]]]);
    await expectEqual(sites);
  },
);

it('an edit that stands against a deletion, and loses its value in the same change, is told as overruled', async () => {
  const { hub, leaf, wire } = await twoLeaves();
  const noted = (title: string, text: string): string =>
    card(title, '1').replace('</object>', `<note>${text}</note></object>`);
  await leaf.put(`${at}/a`, card('B', '1'));
  const { gid } = await leaf.put(`${at}/a`, noted('B', 'below'));
  const [made] = await leaf.context.store.history(gid, { limit: 1 });
  await hub.put(`${at}/a`, noted('A', 'of the hub'));
  await hub.remove(`${at}/a`);
  await sync(leaf, 'Repository', wire);
  expect(await hub.get(`${at}/a`)).toBe(noted('B', 'of the hub'));
  const [merged] = await hub.context.store.history(gid, { limit: 1 });
  if (made === undefined || merged === undefined) throw new Error('nothing was written');
  expect(editIds(standingEdits(merged.edits))).not.toContain(made.edits.main.id);
  expect(merged.edits.overruled).toContainEqual({ ...made.edits.main, field: '/object/note/text()' });
});

describe('what is told of an overruled edit', () => {
  const main = { id: 'e:2', at: 2, by: 'A' };
  const lost = { value: 'below', by: { id: 'f:3', at: 3, by: 'B' } };
  const plain: OverruledEdit = { id: 'e:1', at: 1, by: 'C', field: 'id' };

  function told(edits: Edits): Edits | undefined {
    const tokens = encodeChangeTokens({ number: 7, edits }, 'e');
    return decodeChangeTokens(decodeEmi(tokens), 'e').edits;
  }

  it.each<readonly OverruledEdit[]>([
    [plain],
    [{ ...plain, lost }],
    [plain, { ...plain, id: 'e:4', field: 'existence', lost: { ...lost, value: undefined } }],
  ])('arrives as it was told', (...overruled) => {
    expect(told({ main, others: [], overruled })).toEqual({ main, others: [], overruled });
  });

  it.each([
    ['is noted', true, 1],
    ['is nothing to one that has lost nothing: whoever may push could make it up', false, 0],
  ])('%s', async (_, takesBack, count) => {
    const version = await new TestSite('cps', new HandClock()).put(`${at}/a`, card('A', 'above'));
    const edits = {
      main,
      others: [],
      overruled: [{ ...plain, field: 'existence' as const, lost: { ...lost, value: undefined } }],
    };
    const absent = { present: undefined, last: undefined, base: undefined, knownDeletion: undefined, child: undefined };
    const standing = {
      ...absent,
      isBaseKnown: true,
      history: [],
      closing: [],
      decided: [],
      isSubscribersObject: false,
    };
    const policies = { conflictPolicy: 'ASK', updatePolicy: 'ASK' } as const;
    const rules = { ...policies, keys: undefined, now: 1, takesBack };
    expect(receiveVersion({ version, edits }, standing, rules).notes).toHaveLength(count);
  });

  it.each(['x', '{}', '[["id","e:1",1]]', '[["id","e:1",1,"C","x"]]', '[["id","e:1",1,"C",5,["f:3",3,"B"]]]'])(
    'is refused where it cannot be read: %s',
    (text) => {
      const tokens = [...encodeChangeTokens({ number: 7, edits: { main, others: [] } }, 'e'), `u=${text}`];
      expect(() => decodeChangeTokens(decodeEmi(tokens), 'e')).toThrow('cannot be read');
    },
  );
});
