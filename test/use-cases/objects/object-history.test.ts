import { beforeEach, describe, expect, it } from 'vitest';
import type { Edits } from '../../../src/objects/edit.ts';
import { parseGid, topGid } from '../../../src/objects/gid.ts';
import { parsePath } from '../../../src/objects/path.ts';
import { newVersion } from '../../../src/objects/version.ts';
import { editTree } from '../../../src/use-cases/objects/local-edits.ts';
import {
  deletedObjects,
  deletedWithin,
  objectHistory,
  restoreRevision,
} from '../../../src/use-cases/objects/object-history.ts';
import { pathOf, readObject } from '../../../src/use-cases/objects/read-object.ts';
import { deleteObject, moveObject, putObject } from '../../../src/use-cases/objects/write-object.ts';
import type { MemorySite } from '../../support/memory-site.ts';
import { openMemorySite } from '../../support/memory-site.ts';

const anna = { name: 'anna' };
const bert = { name: 'bert' };
let site: MemorySite;

beforeEach(() => {
  site = openMemorySite();
});

async function put(path: string, title?: string) {
  const document = title === undefined ? {} : { document: person(title) };
  return putObject(site, anna, { path: parsePath(path), createParents: true, ...document });
}

function person(title: string): string {
  return `<object portal_type="Person"><title type="string">${title}</title></object>`;
}

function remove(path: string) {
  return deleteObject(site, bert, { path: parsePath(path), recursive: true });
}

describe('the history of an object', () => {
  it('has each revision with who, when, and what it changed, newest first', async () => {
    const { version } = await put('/a', 'A');
    site.clock.at += 1000;
    await putObject(site, bert, { path: ['a'], document: person('B') });
    await put('/folder');
    await moveObject(site, anna, { path: ['a'], to: ['folder', 'z'] });
    await remove('/folder/z');
    const history = await objectHistory(site, version.gid);
    const folder = (await readObject(site, ['folder'])).gid;
    expect(history.map(({ seq, state, by, changes }) => [seq, state, by, changes])).toEqual([
      [5, 'deleted', 'bert', [{ field: 'existence', before: 'present', after: undefined }]],
      [
        4,
        'present',
        'anna',
        [
          { field: 'parent', before: topGid, after: folder },
          { field: 'id', before: 'a', after: 'z' },
        ],
      ],
      [2, 'present', 'bert', [{ field: '/object/title/text()', before: 'A', after: 'B' }]],
      [1, 'present', 'anna', [{ field: 'existence', before: undefined, after: 'present' }]],
    ]);
    expect(history[2]).toMatchObject({ at: site.clock.at, receivedAt: site.clock.at, others: [], isReceived: false });
  });

  it('is headed by the newest of the edits that made what a revision changed', async () => {
    const { version } = await put('/a', 'A');
    const by = (name: string, at: number) => ({ id: `elsewhere:${String(at)}`, at, by: name });
    const receive = (id: string, edits: Edits) =>
      editTree(site, anna, ({ tree }) =>
        tree.add({
          state: 'present',
          version: newVersion({ ...version, id }),
          edits,
          receivedAt: 9000,
          origin: undefined,
        }),
      );
    await receive('b', { main: by('carl', 1000), others: [{ ...by('dora', 2000), field: 'id' }] });
    await receive('c', { main: by('carl', 3000), others: [{ ...by('dora', 3500), field: 'type' }] });
    const history = await objectHistory(site, version.gid);
    expect(history.map((entry) => [entry.by, entry.at]).slice(0, 2)).toEqual([
      ['carl', 3000],
      ['dora', 2000],
    ]);
  });

  it('is headed by the newest edit where an object arrives that others have edited since', async () => {
    const { version } = await put('/a', 'A');
    const gid = site.identifiers.gid();
    const others = [{ id: 'elsewhere:2', at: 2000, by: 'dora', field: 'id' }] as const;
    await editTree(site, anna, ({ tree }) =>
      tree.add({
        state: 'present',
        version: newVersion({ ...version, gid, id: 'b' }),
        edits: { main: { id: 'elsewhere:1', at: 1000, by: 'carl' }, others },
        receivedAt: 9000,
        origin: undefined,
      }),
    );
    expect(await objectHistory(site, gid)).toMatchObject([{ by: 'dora', at: 2000 }]);
  });

  it('comes in pages, each with what its oldest revision changed', async () => {
    for (const title of ['A', 'B', 'C', 'D']) await put('/a', title);
    const page = await objectHistory(site, ['a'], { limit: 2 });
    expect(page.map(({ seq }) => seq)).toEqual([4, 3]);
    const next = await objectHistory(site, ['a'], { limit: 2, before: 3 });
    expect(next.map(({ changes }) => changes[0]?.after)).toEqual(['B', 'present']);
  });

  it('is found by the path where the object is, or was when it was deleted', async () => {
    const { version: first } = await put('/f/a', 'A');
    await remove('/f/a');
    expect(await objectHistory(site, ['f', 'a'])).toEqual(await objectHistory(site, first.gid));
    const { version: second } = await put('/f/a', 'B');
    expect(await objectHistory(site, ['f', 'a'])).toEqual(await objectHistory(site, second.gid));
  });

  it('is not there for what never was', async () => {
    await expect(objectHistory(site, ['a'])).rejects.toMatchObject({ code: 'CON-R002' });
    await expect(objectHistory(site, ['no', 'a'])).rejects.toMatchObject({ code: 'CON-R002' });
    await expect(objectHistory(site, [])).rejects.toMatchObject({ code: 'CON-R002' });
    await expect(objectHistory(site, parseGid('nobody') ?? topGid)).rejects.toMatchObject({ code: 'CON-R002' });
  });
});

describe('what was deleted', () => {
  it('is listed by folder, newest first', async () => {
    for (const path of ['/f/a', '/f/b', '/c']) await put(path, path);
    await remove('/f/a');
    await remove('/f/b');
    await remove('/c');
    expect((await deletedObjects(site, ['f'])).map(({ version }) => version.id)).toEqual(['b', 'a']);
    expect((await deletedObjects(site, [])).map(({ version }) => version.id)).toEqual(['c']);
    await expect(deletedObjects(site, ['c'])).rejects.toMatchObject({ code: 'CON-R002' });
  });

  it('is listed out of a whole subtree, with what was in folders that are deleted too', async () => {
    for (const path of ['/f/deep/a', '/f/deep/b', '/f/gone/deeper/c', '/f/stays', '/other/d']) await put(path, 'X');
    await remove('/f/deep/a');
    await remove('/f/gone');
    await remove('/other/d');
    const listed = await deletedWithin(site, ['f']);
    expect(listed.map(({ path }) => path.join('/'))).toEqual([
      'f/gone',
      'f/gone/deeper',
      'f/gone/deeper/c',
      'f/deep/a',
    ]);
    expect(await deletedWithin(site, [], 1)).toMatchObject([{ path: ['other', 'd'] }]);
    expect(await deletedWithin(site, ['f', 'gone'])).toHaveLength(2);
    await expect(deletedWithin(site, ['never'])).rejects.toMatchObject({ code: 'CON-R002' });
    const { version, revived } = await restoreRevision(site, anna, { path: ['f', 'gone', 'deeper', 'c'] });
    expect(await readObject(site, ['f', 'gone', 'deeper', 'c'])).toEqual(version);
    expect(revived).toHaveLength(2);
    expect(await deletedWithin(site, ['f'])).toHaveLength(1);
  });
});

describe('restoring a revision', () => {
  it('writes its content as a new one, where the object is now', async () => {
    await put('/a', 'A');
    await put('/a', 'B');
    await moveObject(site, anna, { path: ['a'], to: ['z'] });
    const { version, revived } = await restoreRevision(site, bert, { path: ['z'], seq: 1 });
    expect(revived).toEqual([]);
    expect(version.document).toBe(person('A'));
    expect(await readObject(site, ['z'])).toEqual(version);
    expect((await objectHistory(site, ['z']))[0]).toMatchObject({ by: 'bert', seq: 4 });
  });

  it('writes nothing when the content is there already', async () => {
    await put('/a', 'A');
    await restoreRevision(site, bert, { path: ['a'], seq: 1 });
    expect((await site.store.head()).seq).toBe(1);
  });

  it('brings a deleted object back, by its last revision or an older one', async () => {
    const { version } = await put('/f/a', 'A');
    await put('/f/a', 'B');
    await remove('/f/a');
    expect((await restoreRevision(site, anna, { path: ['f', 'a'] })).version).toEqual({
      ...version,
      ...(await readObject(site, ['f', 'a'])),
    });
    expect((await readObject(site, ['f', 'a'])).document).toBe(person('B'));
    await remove('/f/a');
    await restoreRevision(site, anna, { gid: version.gid, seq: 2 });
    expect((await readObject(site, ['f', 'a'])).document).toBe(person('A'));
  });

  it('brings deleted folders above it back, without what else was in them', async () => {
    const { version } = await put('/f/g/a', 'A');
    await put('/f/g/b', 'B');
    await remove('/f');
    const { revived } = await restoreRevision(site, anna, { gid: version.gid });
    expect(revived.map(({ id }) => id)).toEqual(['f', 'g']);
    expect(await pathOf(site.store, version.gid)).toEqual(['f', 'g', 'a']);
    await expect(readObject(site, ['f', 'g', 'b'])).rejects.toMatchObject({ code: 'CON-R002' });
  });

  it('is refused while another object has the name, of the object or of a folder above', async () => {
    const { version } = await put('/f/a', 'A');
    await remove('/f/a');
    await put('/f/a', 'other');
    await expect(restoreRevision(site, anna, { gid: version.gid })).rejects.toMatchObject({ code: 'CON-R006' });
    await remove('/f');
    await put('/f');
    await expect(restoreRevision(site, anna, { gid: version.gid })).rejects.toMatchObject({ code: 'CON-R006' });
  });

  it('is refused for a revision of another object, or none', async () => {
    await put('/a', 'A');
    await put('/b', 'B');
    await expect(restoreRevision(site, anna, { path: ['a'], seq: 2 })).rejects.toMatchObject({ code: 'CON-R009' });
    await expect(restoreRevision(site, anna, { path: ['a'], seq: 99 })).rejects.toMatchObject({ code: 'CON-R009' });
  });

  it('is refused for what has left, and below what has left', async () => {
    const { version: folder } = await put('/f');
    const { version } = await put('/f/a', 'A');
    const leave = (left: typeof folder) =>
      editTree(site, anna, async (edits) => {
        const main = { id: 'elsewhere', at: 0, by: '' };
        await edits.tree.add({
          state: 'left',
          version: left,
          edits: { main, others: [] },
          receivedAt: 0,
          origin: undefined,
        });
      });
    await leave(version);
    await expect(restoreRevision(site, anna, { gid: version.gid })).rejects.toMatchObject({ code: 'CON-R008' });
    await put('/f/b', 'B');
    const below = await readObject(site, ['f', 'b']);
    await remove('/f/b');
    await leave(folder);
    await expect(restoreRevision(site, anna, { gid: below.gid })).rejects.toMatchObject({ code: 'CON-R002' });
  });
});
