import { beforeEach, describe, expect, it } from 'vitest';
import { digestOfVersion } from '../../../src/objects/version.ts';
import { topGid } from '../../../src/objects/gid.ts';
import { parsePath } from '../../../src/objects/path.ts';
import { listChildren, pathOf, readObject, resolvePath } from '../../../src/use-cases/objects/read-object.ts';
import type { PutRequest, WrittenObject } from '../../../src/use-cases/objects/write-object.ts';
import { deleteObject, moveObject, patchObject, putObject } from '../../../src/use-cases/objects/write-object.ts';
import type { MemorySite } from '../../support/memory-site.ts';
import { openMemorySite } from '../../support/memory-site.ts';

const anna = { name: 'anna' };
let site: MemorySite;

beforeEach(() => {
  site = openMemorySite();
});

function put(path: string, request: Omit<PutRequest, 'path'> = {}): Promise<WrittenObject> {
  return putObject(site, anna, { path: parsePath(path), ...request });
}

function person(title: string): string {
  return `<object portal_type="Person"><title type="string">${title}</title></object>`;
}

async function head(): Promise<number> {
  return (await site.store.head()).seq;
}

describe('putting an object', () => {
  it('makes a folder when there is no document', async () => {
    const { version, isNew } = await put('/people');
    expect(isNew).toBe(true);
    expect(version).toMatchObject({ id: 'people', type: 'object', parent: topGid });
    expect(version.document).toBe('<object portal_type="Folder"></object>');
  });

  it('stores the document in canonical form', async () => {
    await put('/a', { document: `<?xml version="1.0"?>\n<system  b='2' a='1'><x/></system>` });
    expect(await readObject(site, ['a'])).toMatchObject({
      type: 'xml',
      document: '<system a="1" b="2"><x></x></system>',
    });
  });

  it('names the edit for the place of the log that it is written at', async () => {
    const { version } = await put('/a');
    const { epoch, seq } = await site.store.head();
    const revision = (await site.store.current([version.gid])).get(version.gid);
    expect(revision?.edits).toEqual({
      main: { id: `${epoch}:${String(seq)}`, at: site.clock.at, by: 'anna' },
      others: [],
    });
  });

  it('keeps gid and place of what is there', async () => {
    const first = await put('/a', { document: person('A') });
    const second = await put('/a', { document: person('B') });
    expect(second).toMatchObject({ isNew: false, version: { gid: first.version.gid, document: person('B') } });
  });

  it('writes nothing when it is there already, however it is written', async () => {
    const first = await put('/a', { document: '<system a="1" b="2"/>' });
    const before = await head();
    expect(await put('/a', { document: '<system b="2"   a="1"></system>' })).toEqual({ ...first, isNew: false });
    expect(await put('/a')).toEqual({ ...first, isNew: false });
    expect(await head()).toBe(before);
  });

  it('is refused below a parent that is missing, and the path is named', async () => {
    await expect(put('/no/where/a')).rejects.toMatchObject({
      code: 'CON-R002',
      message: expect.stringContaining('/no/where') as string,
    });
    expect(await head()).toBe(0);
  });

  it('makes missing parents when that is asked for', async () => {
    await put('/a');
    await put('/a/b/c/d', { document: person('D'), createParents: true });
    expect(await readObject(site, ['a', 'b'])).toMatchObject({ document: '<object portal_type="Folder"></object>' });
    expect(await head()).toBe(4);
  });

  it.each(['with "quotes"', "d'or", 'two words', 'München', '日本', '𝄞', 'a%2Fb', 'a%25b', '#?&', 'x'.repeat(255)])(
    'takes the id %s',
    async (id) => {
      const { version } = await put(`/${id}`, { document: person('P') });
      expect(await readObject(site, [version.id])).toEqual(version);
      expect(await pathOf(site.store, version.gid)).toEqual([decodeURIComponent(id)]);
    },
  );

  it.each([['/'], ['/..'], ['/a%00'], [`/${'x'.repeat(256)}`]])('refuses the path %j', async (path) => {
    await expect(async () => put(path)).rejects.toMatchObject({ code: 'CON-R008' });
  });

  it.each([
    ['malformed', '<a><b></a>', 'CON-X001'],
    ['with a DOCTYPE', '<!DOCTYPE a><a/>', 'CON-X003'],
    ['too deep', `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`, 'CON-X002'],
    ['too large', `<a>${' '.repeat(20_000_001)}</a>`, 'CON-X002'],
    ['empty', '', 'CON-X001'],
  ])('refuses a document that is %s and writes nothing', async (_what, document, code) => {
    await expect(put('/a', { document })).rejects.toMatchObject({ code });
    expect(await head()).toBe(0);
  });

  it('refuses a type that is unknown or does not fit', async () => {
    await expect(put('/a', { document: '<a/>', type: 'vcard' })).rejects.toMatchObject({ code: 'CON-R008' });
    await expect(put('/a', { document: '<a/>', type: 'object' })).rejects.toMatchObject({ code: 'CON-R008' });
  });
});

describe('a condition on what is there', () => {
  it('is met by the digest of the whole version, or by any for *', async () => {
    const { digest } = await put('/a', { document: person('A') });
    const next = await put('/a', { document: person('B'), ifMatch: digest });
    await put('/a', { document: person('C'), ifMatch: '*' });
    await expect(put('/a', { document: person('D'), ifMatch: next.digest })).rejects.toMatchObject({
      code: 'CON-R007',
    });
    expect((await readObject(site, ['a'])).document).toBe(person('C'));
  });

  it('is not met by an object that is missing', async () => {
    await expect(put('/a', { ifMatch: '*' })).rejects.toMatchObject({ code: 'CON-R007' });
  });

  it('can be that there is nothing', async () => {
    await put('/a', { ifNoneMatch: '*' });
    await expect(put('/a', { ifNoneMatch: '*' })).rejects.toMatchObject({ code: 'CON-R007' });
  });

  it.each([
    ['patch', () => patchObject(site, anna, { path: ['a'], modifications: modifications(''), ifMatch: 'other' })],
    ['move', () => moveObject(site, anna, { path: ['a'], to: ['b'], ifMatch: 'other' })],
    ['delete', () => deleteObject(site, anna, { path: ['a'], ifMatch: 'other' })],
  ])('holds for a %s too', async (_what, act) => {
    await put('/a', { document: person('A') });
    await expect(act()).rejects.toMatchObject({ code: 'CON-R007' });
  });
});

function modifications(instructions: string): string {
  return `<xupdate:modifications version="1.0" xmlns:xupdate="http://www.xmldb.org/xupdate">${instructions}</xupdate:modifications>`;
}

describe('patching an object', () => {
  it('applies the modifications to its document', async () => {
    await put('/a', { document: person('A') });
    const { version } = await patchObject(site, anna, {
      path: ['a'],
      modifications: modifications('<xupdate:update select="/object/title">B</xupdate:update>'),
    });
    expect(version.document).toBe(person('B'));
    expect(await readObject(site, ['a'])).toEqual(version);
  });

  it('writes nothing when a select finds nothing', async () => {
    await put('/a', { document: person('A') });
    const before = await head();
    const instructions =
      '<xupdate:update select="/object/title">B</xupdate:update><xupdate:remove select="/object/x"/>';
    await expect(
      patchObject(site, anna, { path: ['a'], modifications: modifications(instructions) }),
    ).rejects.toMatchObject({ code: 'CON-U001' });
    expect(await head()).toBe(before);
  });
});

describe('deleting an object', () => {
  it('leaves a tombstone with the last version', async () => {
    const { version } = await put('/a', { document: person('A') });
    expect(await deleteObject(site, anna, { path: ['a'] })).toBe(1);
    expect(await resolvePath(site.store, ['a'])).toBeUndefined();
    const tombstone = (await site.store.current([version.gid])).get(version.gid);
    expect(tombstone).toMatchObject({ state: 'deleted', version });
  });

  it('is refused while there are objects below, unless they go too, the lowest first', async () => {
    await put('/a/b/c', { createParents: true });
    await put('/a/d');
    await expect(deleteObject(site, anna, { path: ['a'] })).rejects.toMatchObject({ code: 'CON-R012' });
    expect(await deleteObject(site, anna, { path: ['a'], recursive: true })).toBe(4);
    const ids = await Promise.all([5, 6, 7, 8].map(async (seq) => (await site.store.revision(seq))?.version.id));
    expect(ids).toEqual(['d', 'c', 'b', 'a']);
    expect(await listChildren(site, [])).toEqual([]);
  });

  it('is refused when there is no object, or it is the site itself', async () => {
    await expect(deleteObject(site, anna, { path: ['a'] })).rejects.toMatchObject({ code: 'CON-R002' });
    await expect(deleteObject(site, anna, { path: [] })).rejects.toMatchObject({ code: 'CON-R002' });
  });
});

describe('moving an object', () => {
  it('changes its place and name and nothing else, and what is below comes along', async () => {
    const { version: below } = await put('/a/b', { createParents: true, document: person('B') });
    const before = await head();
    const { version } = await moveObject(site, anna, { path: ['a'], to: ['z'] });
    expect(await readObject(site, ['z', 'b'])).toEqual(below);
    expect(digestOfVersion(await readObject(site, ['z']))).toBe(digestOfVersion(version));
    expect(await head()).toBe(before + 1);
  });

  it('is refused to a place that is taken or missing', async () => {
    await put('/a');
    await put('/b');
    await expect(moveObject(site, anna, { path: ['a'], to: ['b'] })).rejects.toMatchObject({ code: 'CON-R006' });
    await expect(moveObject(site, anna, { path: ['a'], to: ['c', 'a'] })).rejects.toMatchObject({ code: 'CON-R002' });
  });

  it('is refused below itself', async () => {
    await put('/a/b/c', { createParents: true });
    await expect(moveObject(site, anna, { path: ['a'], to: ['a', 'b', 'c', 'a'] })).rejects.toMatchObject({
      code: 'CON-R008',
    });
    await expect(moveObject(site, anna, { path: ['a'], to: ['a', 'a'] })).rejects.toMatchObject({ code: 'CON-R008' });
  });

  it('to where it is writes nothing', async () => {
    await put('/a');
    await moveObject(site, anna, { path: ['a'], to: ['a'] });
    expect(await head()).toBe(1);
  });
});
