import { describe, expect, it } from 'vitest';
import type { Edits } from '../../src/objects/edit.ts';
import { markNotStanding, standingEdits } from '../../src/synchronization/not-standing.ts';
import { compare } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const clock = new HandClock();
const files = siteFiles();

describe('an edit that did not stand', () => {
  it('is not told to others as one that they have seen, and is asked about again where publisher and maker were restored', async () => {
    const before = { publisher: new TestSite('cps', clock), maker: new TestSite('maker', clock) };
    const witness = new TestSite('witness', clock);
    await before.publisher.addAccount('sync', 'a:b');
    await before.publisher.put(`${at}/a`, card('A', '1'));
    await before.publisher.publish('Repository', at);
    for (const site of [before.maker, witness]) await site.subscribe('Repository', before.publisher, at);
    const wire = new Wire(before.publisher);
    for (let round = 0; round < 2; round += 1)
      for (const site of [before.maker, witness]) await sync(site, 'Repository', wire);
    await before.maker.put(`${at}/a`, card('A', 'below'));
    const [makers, publishers] = [files.backUp(before.maker), files.backUp(before.publisher)];
    await before.publisher.put(`${at}/a`, card('A', 'above'));
    await before.maker.put(`${at}/a`, card('B', 'below'));
    for (const site of [witness, before.maker, witness]) await sync(site, 'Repository', wire);
    expect(await witness.get(`${at}/a`)).toBe(card('B', 'above'));
    const publisher = await restoredSite('cps', clock, publishers);
    const maker = await restoredSite('maker', clock, makers);
    for (let round = 0; round < 3; round += 1)
      for (const site of [maker, witness]) await compare(site, new Wire(publisher));
    const open = await publisher.context.store.conflicts({ state: 'open' });
    const values = open.map((one) => [one.publisher.value, one.subscriber.value].toSorted());
    expect(values).toEqual([['above', 'below']]);
    for (const site of [maker, witness]) expect(await site.tree(at)).toEqual(await publisher.tree(at));
  });

  const edits: Edits = {
    main: { id: 'e:2', at: 2, by: 'A' },
    others: [
      { id: 'e:1', at: 1, by: 'B', field: 'id' },
      { id: 'e:3', at: 3, by: 'C', field: 'parent' },
    ],
  };

  it('stays known in the version that it came with', () => {
    const marked = markNotStanding(edits, new Set(['e:1']));
    expect(marked.others.map(({ id }) => id)).toEqual(['e:1', 'e:3']);
    expect(standingEdits(marked)).toEqual({ ...edits, others: edits.others.slice(1) });
  });

  it('is not the one that the version is known by, as long as another stands', () => {
    const marked = markNotStanding(edits, new Set(['e:2']));
    expect(marked.main).toEqual({ id: 'e:3', at: 3, by: 'C' });
    expect(standingEdits(marked).others).toEqual(edits.others);
    expect(markNotStanding(edits, new Set(['e:1', 'e:2', 'e:3'])).main).toEqual(edits.main);
  });
});
