import { beforeEach, describe, expect, it } from 'vitest';
import type { Gid } from '../../../src/objects/gid.ts';
import { parseGid, topGid } from '../../../src/objects/gid.ts';
import type { RevisionDraft } from '../../../src/objects/revision.ts';
import { newVersion } from '../../../src/objects/version.ts';
import type { Write } from '../../../src/ports/site-store.ts';
import { TreeWrites } from '../../../src/use-cases/objects/tree-writes.ts';
import type { MemorySite } from '../../support/memory-site.ts';
import { openMemorySite } from '../../support/memory-site.ts';

let site: MemorySite;
let all: number;
let people: number;
let team: number;

function gid(name: string): Gid {
  return parseGid(name) ?? topGid;
}

function draft(name: string, parent: string, state: RevisionDraft['state'] = 'present'): RevisionDraft {
  const document = '<object></object>';
  const version = newVersion({ gid: gid(name), parent: gid(parent), id: name, type: 'object', document });
  const main = { id: `edit of ${name}`, at: 1, by: 'anna' };
  return { state, version, edits: { main, others: [] }, receivedAt: 2, origin: undefined };
}

/** `name: +1 -2`: a member of collection 1, no longer one of 2. */
function shown(writes: readonly Write[]): readonly string[] {
  return writes.map(({ draft: { version }, collections }) =>
    [
      `${version.id}:`,
      ...collections.map(({ collection, isMember }) => `${isMember ? '+' : '-'}${String(collection)}`),
    ].join(' '),
  );
}

async function batch(add: (tree: TreeWrites) => Promise<void>): Promise<readonly string[]> {
  return site.store.update(async () => {
    const tree = new TreeWrites(site.store);
    await add(tree);
    return { batch: { writes: tree.writes }, result: shown(tree.writes) };
  });
}

beforeEach(async () => {
  site = openMemorySite();
  await batch(async (tree) => {
    for (const [name, parent] of [
      ['people', ''],
      ['team', 'people'],
      ['places', ''],
      ['anna', 'team'],
      ['note', 'anna'],
    ] as const)
      await tree.add(draft(name, parent));
  });
  all = await site.store.openCollection(topGid);
  people = await site.store.openCollection(gid('people'));
  team = await site.store.openCollection(gid('team'));
});

describe('a draft stands in the collections whose root is above it', () => {
  it('the root not among them, and the site above all', async () => {
    const written = await batch(async (tree) => {
      await tree.add(draft('new', ''));
      await tree.add(draft('people', ''));
      await tree.add(draft('team', 'people'));
      await tree.add(draft('anna', 'team'));
      await tree.add(draft('paris', 'places'));
    });
    expect(written).toEqual([
      `new: +${all}`,
      `people: +${all}`,
      `team: +${all} +${people}`,
      `anna: +${all} +${people} +${team}`,
      `paris: +${all}`,
    ]);
  });

  it('leaves them when it is deleted, and is in them again when it is brought back', async () => {
    const written = await batch(async (tree) => {
      await tree.add(draft('note', 'anna', 'deleted'));
      await tree.add(draft('note', 'anna'));
      await tree.add(draft('note', 'anna', 'left'));
    });
    expect(written).toEqual([
      `note: -${all} -${people} -${team}`,
      `note: +${all} +${people} +${team}`,
      `note: -${all} -${people} -${team}`,
    ]);
  });

  it('is in none when it is deleted without having been there', async () => {
    expect(await batch((tree) => tree.add(draft('nobody', 'team', 'deleted')))).toEqual(['nobody:']);
  });

  it('is found below an ancestor that is deleted', async () => {
    const written = await batch(async (tree) => {
      await tree.add(draft('team', 'people', 'deleted'));
      await tree.add(draft('anna', 'team', 'deleted'));
    });
    expect(written[1]).toBe(`anna: -${all} -${people} -${team}`);
  });
});

describe('a move across the border of a collection', () => {
  it('writes all that is below once more as it was, leaving where it leaves', async () => {
    const written = await batch(async (tree) => {
      await tree.add(draft('anna', 'places'));
      expect(tree.writes[1]?.draft).toEqual({ ...draft('note', 'anna'), receivedAt: 2 });
    });
    expect(written).toEqual([`anna: +${all} -${people} -${team}`, `note: +${all} -${people} -${team}`]);
  });

  it('takes a root along with its own collection', async () => {
    const written = await batch((tree) => tree.add(draft('team', 'places')));
    expect(written).toEqual([
      `team: +${all} -${people}`,
      `anna: +${all} +${team} -${people}`,
      `note: +${all} +${team} -${people}`,
    ]);
  });

  it('within one collection writes nothing but the move', async () => {
    expect(await batch((tree) => tree.add(draft('note', 'team')))).toEqual([`note: +${all} +${people} +${team}`]);
  });

  it('sees what the batch has changed before', async () => {
    const written = await batch(async (tree) => {
      await tree.add(draft('note', 'places'));
      await tree.add(draft('pen', 'anna'));
      await tree.add(draft('ink', 'pen'));
      await tree.add(draft('old', 'anna'));
      await tree.add(draft('old', 'anna', 'deleted'));
      await tree.add(draft('anna', 'places'));
      await tree.add(draft('paper', 'ink'));
    });
    const left = `-${people} -${team}`;
    expect(written.slice(5)).toEqual([
      `anna: +${all} ${left}`,
      `pen: +${all} ${left}`,
      `ink: +${all} ${left}`,
      `paper: +${all}`,
    ]);
  });

  it('does not touch what is deleted below', async () => {
    await batch((tree) => tree.add(draft('note', 'anna', 'deleted')));
    expect(await batch((tree) => tree.add(draft('anna', 'places')))).toHaveLength(1);
  });

  it('writes thousands below one by one', async () => {
    await batch(async (tree) => {
      for (let at = 0; at < 1203; at++) await tree.add(draft(`n${at}`, 'anna'));
    });
    const written = await batch((tree) => tree.add(draft('anna', 'places')));
    expect(new Set(written)).toHaveLength(1205);
  });
});

describe('within a package children may come before their parents', () => {
  it('and stand where they are assumed to', async () => {
    const written = await batch(async (tree) => {
      const package_ = { assumed: [people, all] };
      await tree.add(draft('child', 'late'), package_);
      await tree.add(draft('late', 'people'), package_);
    });
    expect(written).toEqual([`child: +${all} +${people}`, `late: +${all} +${people}`]);
  });

  it('and are written again when the parent comes somewhere else', async () => {
    await batch((tree) => tree.add(draft('child', 'late'), { assumed: [people, all] }));
    const written = await batch(async (tree) => {
      await tree.add(draft('second', 'late'), { assumed: [people, all] });
      await tree.add(draft('late', 'anna'), { assumed: [people, all] });
    });
    expect(written.slice(0, 2)).toEqual([`second: +${all} +${people}`, `late: +${all} +${people} +${team}`]);
    expect(written.slice(2).toSorted()).toEqual([
      `child: +${all} +${people} +${team}`,
      `second: +${all} +${people} +${team}`,
    ]);
  });

  it('and a ring ends in what is assumed, until it is mended', async () => {
    const package_ = { assumed: [all, people, team] };
    const written = await batch(async (tree) => {
      await tree.add(draft('anna', 'note'), package_);
      await tree.add(draft('note', 'team'), package_);
      await tree.add(draft('note', 'places'), package_);
    });
    const left = `-${people} -${team}`;
    expect(written).toEqual([
      `anna: +${all} +${people} +${team}`,
      `note: +${all} +${people} +${team}`,
      `note: +${all} ${left}`,
      `anna: +${all} ${left}`,
    ]);
  });

  it('and a ring that leaves the collection is walked once', async () => {
    const written = await batch(async (tree) => {
      await tree.add(draft('anna', 'note'), { assumed: [] });
    });
    const left = `-${all} -${people} -${team}`;
    expect(written).toEqual([`anna: ${left}`, `note: ${left}`]);
  });
});

describe('the current state', () => {
  it('is the draft of the batch before the revision of the store', async () => {
    const tree = new TreeWrites(site.store);
    expect((await tree.current(gid('anna')))?.version.parent).toBe('team');
    expect(await tree.current(gid('nobody'))).toBeUndefined();
    await tree.add(draft('anna', 'places'));
    expect((await tree.current(gid('anna')))?.version.parent).toBe('places');
  });

  it('is read level by level, and no more for objects that were fetched before', async () => {
    const tree = new TreeWrites(site.store);
    await tree.preload([gid('note'), gid('new'), gid('anna')]);
    const before = site.store.statistics.rowsRead;
    await tree.preload([gid('note'), gid('anna')]);
    await tree.current(gid('note'));
    await tree.current(gid('team'));
    await tree.current(gid('new'));
    expect(site.store.statistics.rowsRead).toBe(before);
  });

  it('costs no read for each draft below one parent', async () => {
    const names = Array.from({ length: 800 }, (_, at) => `n${at}`);
    const tree = new TreeWrites(site.store);
    await tree.preload([...names.map(gid), gid('anna')]);
    const before = site.store.statistics.rowsRead;
    for (const name of names) await tree.add(draft(name, 'anna'), { assumed: [all, people, team] });
    expect(site.store.statistics.rowsRead - before).toBeLessThanOrEqual(3);
  });
});
