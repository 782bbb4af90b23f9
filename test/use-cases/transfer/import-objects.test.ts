import { mkdtemp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderDocumentSource } from '../../../src/adapters/folder/folder-document-source.ts';
import { FolderDocumentTarget } from '../../../src/adapters/folder/folder-document-target.ts';
import { parsePath } from '../../../src/objects/path.ts';
import { descendantsOf } from '../../../src/use-cases/objects/descendants.ts';
import type { ExportRequest } from '../../../src/use-cases/transfer/export-objects.ts';
import { exportObjects } from '../../../src/use-cases/transfer/export-objects.ts';
import type { ImportReport, ImportRequest } from '../../../src/use-cases/transfer/import-objects.ts';
import { importObjects } from '../../../src/use-cases/transfer/import-objects.ts';
import { listChildren, parentAt, pathOf, readObject } from '../../../src/use-cases/objects/read-object.ts';
import { deleteObject, putObject } from '../../../src/use-cases/objects/write-object.ts';
import type { MemorySite } from '../../support/memory-site.ts';
import { openMemorySite } from '../../support/memory-site.ts';

const anna = { name: 'anna' };
let site: MemorySite;
let folder: string;

beforeEach(async () => {
  site = openMemorySite();
  folder = await mkdtemp(join(tmpdir(), 'concord-import-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function files(contents: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

async function importAll(options: Partial<ImportRequest> = {}, ...names: readonly string[]): Promise<ImportReport> {
  const paths = names.length === 0 ? [folder] : names.map((name) => join(folder, name));
  return importObjects(site, anna, { path: ['data'], source: await FolderDocumentSource.open(paths), ...options });
}

/** All objects below a path: path and document. */
async function tree(of: MemorySite, path: string): Promise<Readonly<Record<string, string>>> {
  const found: [string, string][] = [];
  const top = parsePath(path);
  for await (const version of descendantsOf(of.store, await parentAt(of.store, top))) {
    const whole = await pathOf(of.store, version.gid);
    found.push([whole.slice(top.length).join(' / '), version.document]);
  }
  return Object.fromEntries(found);
}

const plainFolder = '<object portal_type="Folder"></object>';

describe('importing XML files', () => {
  it('makes an object of each, named by its file, and of each subfolder', async () => {
    await files({
      '11 Com.xml': '<system><name>11 Com</name></system>',
      'deep/er/x.xml': '<object/>',
      'empty/.keep': '',
    });
    const report = await importAll();
    expect(report).toEqual({ created: 5, changed: 0, unchanged: 0, removed: 0, failed: [], ignored: [] });
    expect(await tree(site, '/data')).toEqual({
      '11 Com': '<system><name>11 Com</name></system>',
      deep: plainFolder,
      'deep / er': plainFolder,
      'deep / er / x': '<object></object>',
      empty: plainFolder,
    });
    expect((await readObject(site, ['data', '11 Com'])).type).toBe('xml');
  });

  it('takes the document of an object with objects below from the file beside the folder', async () => {
    await files({ 'a.xml': '<object portal_type="A"/>', 'a/b.xml': '<b/>' });
    expect((await importAll()).created).toBe(2);
    expect(await tree(site, '/data')).toEqual({ a: '<object portal_type="A"></object>', 'a / b': '<b></b>' });
  });

  it('changes only what differs, however it is written, and keeps the gid', async () => {
    await files({ 'a.xml': '<a k="1" l="2"/>', 'b.xml': '<b/>', 'c.xml': '<c/>' });
    await importAll();
    const before = await readObject(site, ['data', 'b']);
    const { seq } = await site.store.head();
    await files({ 'a.xml': '<?xml version="1.0"?>\n<a  l="2"\n k="1"></a>\n', 'b.xml': '<b>2</b>' });
    expect(await importAll()).toMatchObject({ created: 0, changed: 1, unchanged: 2 });
    expect((await site.store.head()).seq).toBe(seq + 1);
    expect(await readObject(site, ['data', 'b'])).toMatchObject({ gid: before.gid, document: '<b>2</b>' });
  });

  it('reads a file in the encoding that it declares', async () => {
    await files({ 'a.xml': Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1') });
    await importAll();
    expect((await readObject(site, ['data', 'a'])).document).toBe('<a>é</a>');
  });

  it('names them by a key instead, which may be an element, an attribute or deeper', async () => {
    await files({ '1.xml': '<a><name> X/1 </name><sub code="c1"/></a>', '2.xml': '<a name="Y"/>' });
    await importAll({ keyField: 'name' });
    expect(Object.keys(await tree(site, '/data'))).toEqual(['X/1', 'Y']);
    const report = await importAll({ keyField: 'sub/@code' });
    expect(report).toMatchObject({ created: 1, failed: [{ where: '2.xml', code: 'CON-R014' }] });
    expect(report.failed[0]?.message).toContain('sub/@code');
  });

  it('gives new objects the gid that a field has, and refuses one that is taken, by name', async () => {
    await files({ 'a.xml': '<a uuid="u-1"/>', 'b.xml': '<a uuid="u-2"/>', 'c.xml': '<a uuid="u-1"/>' });
    const report = await importAll({ gidField: '@uuid' });
    expect(report).toMatchObject({ created: 2, failed: [{ where: 'c.xml', code: 'CON-R006' }] });
    expect(report.failed[0]?.message).toContain('u-1');
    expect((await readObject(site, ['data', 'b'])).gid).toBe('u-2');
    expect(await importAll({ gidField: '@uuid' })).toMatchObject({ created: 0, unchanged: 2 });
  });

  it('brings a deleted object back under its gid', async () => {
    await files({ 'a.xml': '<a uuid="u-1"/>', 'b.xml': '<b uuid="u-2"/>' });
    await importAll({ gidField: 'uuid' });
    await rm(join(folder, 'a.xml'));
    await importAll({ gidField: 'uuid', mirror: true });
    await files({ 'z.xml': '<a uuid="u-1"/>' });
    expect(await importAll({ gidField: 'uuid' })).toMatchObject({ created: 1 });
    expect((await readObject(site, ['data', 'z'])).gid).toBe('u-1');
  });

  it.each([
    ['malformed', '<a>\n<b></a>', 'CON-X001', '2:'],
    ['with a DOCTYPE', '<!DOCTYPE a><a/>', 'CON-X003', 'DOCTYPE'],
    ['too deep', `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`, 'CON-X002', 'maxDepth'],
    ['too large', `<a>${'é'.repeat(10_000_001)}</a>`, 'CON-X002', 'maxOctets'],
    ['far too large', `<a>${' '.repeat(40_000_001)}</a>`, 'CON-R014', 'octets'],
    ['empty', '', 'CON-X001', ''],
  ])('reports a file that is %s by name, and imports the others', async (_what, content, code, message) => {
    await files({ 'bad.xml': content, 'good.xml': '<a/>' });
    const report = await importAll();
    expect(report).toMatchObject({ created: 1, failed: [{ where: 'bad.xml', code }] });
    expect(report.failed[0]?.message).toContain(message);
  });

  it('leaves out hidden files, and says which others it cannot read', async () => {
    await files({ 'a.xml': '<a/>', 'README.md': '#', '.hidden.xml': '<a/>', '.git/x.xml': '<a/>' });
    expect(await importAll()).toMatchObject({ created: 1, failed: [], ignored: ['README.md'] });
  });

  it('does not follow symbolic links', async () => {
    await files({ 'in/a.xml': '<a/>', 'out.xml': '<secret/>' });
    await symlink(join(folder, 'out.xml'), join(folder, 'in', 'link.xml'));
    await symlink(folder, join(folder, 'in', 'loop'));
    const report = await importAll({}, 'in');
    expect(report).toMatchObject({ created: 1, failed: [{ where: 'link.xml' }, { where: 'loop' }] });
  });

  it('takes single files, whatever their extension, and several folders', async () => {
    await files({ 'one/a.xml': '<a/>', 'one/s/b.xml': '<b/>', 'two/s/c.xml': '<c/>', 'route.gpx': '<gpx/>' });
    expect((await importAll({}, 'one', 'two', 'route.gpx')).created).toBe(5);
    expect(Object.keys(await tree(site, '/data'))).toEqual(['a', 'route', 's', 's / b', 's / c']);
  });

  it('is refused when the source is not there or names a file twice', async () => {
    await expect(importAll({}, 'nothing')).rejects.toMatchObject({ code: 'CON-R014' });
    await files({ 'one/a.xml': '<a/>', 'two/a.xml': '<a/>' });
    await expect(importAll({}, 'one', 'two')).rejects.toMatchObject({ code: 'CON-R014' });
  });

  it('tells how far it has come', async () => {
    for (let at = 0; at < 1100; at++) await writeFile(join(folder, `${at}.xml`), '<a/>');
    const told: string[] = [];
    await importAll({
      onProgress: ({ files: read, totalFiles, objects }) =>
        told.push(`${objects} ${totalFiles} ${String(read >= objects - 1)}`),
    });
    expect(told).toEqual(['500 1100 true', '1000 1100 true', '1100 1100 true']);
  });
});

describe('importing JSON', () => {
  it('makes an object of a file with one, and of each in an array', async () => {
    await files({
      'anna.json': '{"portal_type": "Person", "age": 42, "id": 7}',
      'more.json': '[{"id": "x", "a": true}, {"id": 2}, {"@id": "y", "b": null}, {"c": []}]',
    });
    expect(await importAll()).toMatchObject({ created: 5, failed: [] });
    expect(await tree(site, '/data')).toEqual({
      '2': '<object portal_type="object"><id type="int">2</id></object>',
      '4': '<object portal_type="object"><c type="lines"></c></object>',
      anna: '<object portal_type="Person"><age type="int">42</age><id type="int">7</id></object>',
      x: '<object portal_type="object"><id type="string">x</id><a type="boolean">true</a></object>',
      y: '<object portal_type="object"><b type="None"></b></object>',
    });
  });

  it('names them by a key', async () => {
    await files({ 'p.json': '[{"code": 1}, {"code": "two"}, {}]' });
    expect(await importAll({ keyField: 'code' })).toMatchObject({
      created: 2,
      failed: [{ where: 'p.json: object 3' }],
    });
    expect(Object.keys(await tree(site, '/data'))).toEqual(['1', 'two']);
  });

  it.each([
    ['broken', '{\n"a": 1,\n}', 'line 3'],
    ['no object', '3', 'not an object'],
    ['an array with something else', '[3]', 'no object'],
    ['not UTF-8', Buffer.from('{"a": "é"}', 'latin1'), 'UTF-8'],
    ['with a character that XML cannot hold', '{"a": "\\u0001"}', ''],
  ])('reports what is %s, and where', async (_what, content, message) => {
    await files({ 'bad.json': content, 'good.json': '{}' });
    const report = await importAll();
    expect(report).toMatchObject({ created: 1, failed: [{ where: expect.stringMatching(/^bad\.json/) as string }] });
    expect(report.failed[0]?.message).toContain(message);
  });
});

describe('importing CSV', () => {
  it('makes an object of each row, with a property for each column', async () => {
    await files({ 'people.csv': '\uFEFFid,full name,note\r\na,"Anna ""A"" M","x\ny"\r\n\r\nb,Bert,\r\n' });
    expect(await importAll()).toMatchObject({ created: 2, failed: [] });
    expect((await readObject(site, ['data', 'a'])).document).toBe(
      '<object portal_type="row"><id type="string">a</id><property name="full name" type="string">Anna "A" M</property><note type="string">x\ny</note></object>',
    );
  });

  it.each([
    ['semicolons', 'code;a,b\n1;x,y\n'],
    ['tabs', 'code\ta,b\n1\tx,y\n'],
  ])('reads %s when the header has them', async (_what, content) => {
    await files({ 't.csv': content });
    await importAll({ keyField: 'code' });
    expect((await readObject(site, ['data', '1'])).document).toContain('<property name="a,b" type="string">x,y');
  });

  it('reads UTF-16 with a byte order mark', async () => {
    await files({ 't.csv': Buffer.from('\uFEFFid;ü\n1;é\n', 'utf16le') });
    await importAll();
    expect((await readObject(site, ['data', '1'])).document).toContain('<ü type="string">é</ü>');
  });

  it('changes the texts of what is there, and not its types', async () => {
    const before =
      '<object portal_type="Person"><id type="string">a</id><age type="int">1</age><born type="date">2000-01-01</born></object>';
    await putObject(site, anna, { path: ['data', 'a'], document: before, createParents: true });
    await files({ 't.csv': 'id,age,note\na,2,\nb,3,\n' });
    expect(await importAll()).toMatchObject({ created: 1, changed: 1 });
    expect(await importAll()).toMatchObject({ created: 0, changed: 0, unchanged: 2 });
    expect(await tree(site, '/data')).toMatchObject({
      a: '<object portal_type="Person"><id type="string">a</id><age type="int">2</age></object>',
    });
  });

  it('makes no property of an empty cell; one that is emptied later clears what was there', async () => {
    await files({ 't.csv': 'id,age,note\na,2,\nb,,\n' });
    await importAll();
    expect(await tree(site, '/data')).toEqual({
      a: '<object portal_type="row"><id type="string">a</id><age type="string">2</age></object>',
      b: '<object portal_type="row"><id type="string">b</id></object>',
    });
    await files({ 't.csv': 'id,age,note\na,,\nb,,x\n' });
    expect(await importAll()).toMatchObject({ changed: 2 });
    expect(await tree(site, '/data')).toEqual({
      a: '<object portal_type="row"><id type="string">a</id></object>',
      b: '<object portal_type="row"><id type="string">b</id><note type="string">x</note></object>',
    });
  });

  it('keeps the type of what is cleared where a text would not bring it back', async () => {
    const before =
      '<object portal_type="P"><id type="string">a</id><age type="int">1</age><n type="string"></n></object>';
    await putObject(site, anna, { path: ['data', 'a'], document: before, createParents: true });
    await files({ 't.csv': 'id,age,n\na,,\n' });
    expect(await importAll()).toMatchObject({ changed: 1 });
    expect((await readObject(site, ['data', 'a'])).document).toBe(before.replace('>1<', '><'));
    expect(await importAll()).toMatchObject({ unchanged: 1 });
  });

  it.each([
    ['id,note\na,""\n', '<note type="string"></note>'],
    ['"id","note"\n"a",""\n', ''],
  ])('takes "" for an empty text, unless the table quotes all: %j', async (table, property) => {
    await files({ 't.csv': table });
    await importAll();
    expect((await readObject(site, ['data', 'a'])).document).toBe(
      `<object portal_type="row"><id type="string">a</id>${property}</object>`,
    );
  });

  it('reads what an export wrote as what is there', async () => {
    const one = '<object portal_type="Person"><age type="int">1</age></object>';
    const other = '<object portal_type="Depot"><city type="string">x</city></object>';
    await putObject(site, anna, { path: ['data', 'one'], document: one, createParents: true });
    await putObject(site, anna, { path: ['data', 'other'], document: other });
    const target = await FolderDocumentTarget.file(join(folder, 't.csv'));
    await exportObjects(site, { path: ['data'], target });
    for (const keys of [{}, { keyField: '@id' }])
      expect(await importAll(keys, 't.csv')).toMatchObject({ created: 0, changed: 0, unchanged: 2, failed: [] });
  });

  it('numbers the rows when nothing names them', async () => {
    await files({ 't.csv': 'a\nx\ny\n' });
    await importAll();
    expect(Object.keys(await tree(site, '/data'))).toEqual(['1', '2']);
  });

  it('reports wrong rows by line, and imports the others', async () => {
    await files({ 't.csv': 'id,a\n1,x\n2\n,z\n"4\n",x\n5,\u0001\n1,again\n6,ok\n' });
    const report = await importAll();
    expect(report.failed.map(({ where, code }) => `${where} ${code}`)).toEqual([
      't.csv:3 CON-R014',
      't.csv:4 CON-R014',
      't.csv:7 CON-X001',
      't.csv:8 CON-R006',
    ]);
    expect(Object.keys(await tree(site, '/data'))).toEqual(['1', '4', '6']);
  });

  it.each([
    ['a column twice', 'a,a\n1,2\n', 'twice'],
    ['no such key', 'a,b\n1,2\n', 'code'],
    ['a quote that does not end', 'code,b\n1,"2\n', 'line 2'],
    ['octets that are not UTF-8', Buffer.from('code,b\n1,é\n', 'latin1'), 'UTF-8'],
  ])('reports a table with %s', async (_what, content, message) => {
    await files({ 't.csv': content });
    const report = await importAll({ keyField: 'code' });
    expect(report).toMatchObject({ created: 0, failed: [{ where: 't.csv' }] });
    expect(report.failed[0]?.message).toContain(message);
  });

  it('makes nothing of an empty file', async () => {
    await files({ 't.csv': '' });
    expect(await importAll()).toMatchObject({ created: 0, failed: [] });
  });
});

describe('mirroring', () => {
  it('removes what the source no longer has, and what is below it', async () => {
    await files({ 'a.xml': '<a/>', 'b/c/d.xml': '<d/>', 'b/e.xml': '<e/>', 'f.xml': '<f/>' });
    await importAll();
    await rm(join(folder, 'b/c'), { recursive: true });
    await rm(join(folder, 'f.xml'));
    expect(await importAll({ mirror: true })).toMatchObject({ removed: 3, unchanged: 3 });
    expect(Object.keys(await tree(site, '/data'))).toEqual(['a', 'b', 'b / e']);
  });

  it('removes nothing but below the path', async () => {
    await putObject(site, anna, { path: ['other'] });
    await importAll({ mirror: true });
    expect((await listChildren(site, [])).map(({ id }) => id)).toEqual(['data', 'other']);
  });

  it('keeps an object whose file cannot be read', async () => {
    await files({ 'a.xml': '<a/>' });
    await importAll();
    await files({ 'a.xml': '<a>' });
    expect(await importAll({ mirror: true })).toMatchObject({ removed: 0, failed: [{ where: 'a.xml' }] });
    expect(Object.keys(await tree(site, '/data'))).toEqual(['a']);
  });

  it('removes nothing while it is not known which objects a file has, and says so', async () => {
    await files({ 'a.json': '[{"id": "x"}, {"id": "y"}]', 'b.xml': '<b/>' });
    await importAll();
    await rm(join(folder, 'b.xml'));
    await files({ 'a.json': '[{"id": "x"}, ' });
    const report = await importAll({ mirror: true });
    expect(report).toMatchObject({ removed: 0, failed: [{ where: 'a.json' }, { where: '/data' }] });
    expect(report.failed[1]?.message).toContain('Nothing was removed');
  });

  it('waits for permission above the limit, names the number, and imports the rest', async () => {
    await files({ 't.csv': `id\n${Array.from({ length: 30 }, (_, at) => at).join('\n')}\n` });
    await importAll();
    await files({ 't.csv': 'id\nnew\n0\n' });
    const refused = importAll({ mirror: true });
    await expect(refused).rejects.toMatchObject({ code: 'CON-E003', message: expect.stringContaining('29') as string });
    expect(Object.keys(await tree(site, '/data'))).toHaveLength(31);
    await expect(importAll({ mirror: true, allowDeletions: 28 })).rejects.toMatchObject({ code: 'CON-E003' });
    expect(await importAll({ mirror: true, allowDeletions: 29 })).toMatchObject({ removed: 29, unchanged: 2 });
  });

  it('may remove a tenth of what was there before', async () => {
    const rows = (count: number) => `id\n${Array.from({ length: count }, (_, at) => at).join('\n')}\n`;
    await files({ 't.csv': rows(300) });
    await importAll();
    await files({ 't.csv': rows(269) });
    await expect(importAll({ mirror: true })).rejects.toMatchObject({ code: 'CON-E003' });
    await files({ 't.csv': rows(270) });
    expect(await importAll({ mirror: true })).toMatchObject({ removed: 30 });
  });
});

describe('exporting', () => {
  const ids = [
    'plain',
    'two words',
    '"quoted"',
    "d'or",
    'a/b',
    '..x',
    '.hidden',
    'CON',
    'com1.x',
    'end.',
    'München',
    'a.xml',
  ];
  const more = ['A', 'a', 'é', 'e\u0301', '100%', '%41', 'x'.repeat(255), '日'.repeat(255), 'question?', ' blank '];

  async function fill(): Promise<void> {
    for (const id of [...ids, ...more]) {
      const document = `<object portal_type="Person"><title type="string">${encodeURIComponent(id)}</title></object>`;
      await putObject(site, anna, { path: ['data', id], document, createParents: true });
      await putObject(site, anna, { path: ['data', 'folders', id], createParents: true });
      await putObject(site, anna, {
        path: ['data', 'parents', id, 'child'],
        document: '<c> <d/>\n</c>',
        createParents: true,
      });
      await putObject(site, anna, { path: ['data', 'parents', id], document });
    }
  }

  async function exportTo(name: string, options: Partial<ExportRequest> = {}): Promise<number> {
    const open = /\.\w+$/.test(name) ? FolderDocumentTarget.file : FolderDocumentTarget.folder;
    const { objects } = await exportObjects(site, {
      path: ['data'],
      target: await open(join(folder, name)),
      ...options,
    });
    return objects;
  }

  it.each(['xml', 'json'] as const)('to a folder as %s writes what import reads, whatever the ids', async (format) => {
    await fill();
    expect(await exportTo('out', { format })).toBe(22 * 4 + 2);
    const other = openMemorySite();
    const report = await importObjects(other, anna, {
      path: [],
      source: await FolderDocumentSource.open([join(folder, 'out')]),
    });
    expect(report.failed).toEqual([]);
    expect(await tree(other, '/')).toEqual(await tree(site, '/data'));
  });

  it('replaces files, and leaves no other behind', async () => {
    await putObject(site, anna, { path: ['data', 'a'], document: '<a/>', createParents: true });
    await files({ 'out/a.xml': 'old', 'out/b.xml': 'stays' });
    await exportTo('out');
    expect(await readdir(join(folder, 'out'))).toEqual(['a.xml', 'b.xml']);
    expect(await readFile(join(folder, 'out/a.xml'), 'utf8')).toBe('<a></a>\n');
  });

  it('names what is in the folder and of no object, and removes nothing unasked', async () => {
    await putObject(site, anna, { path: ['data', 'a', 'b'], document: '<b/>', createParents: true });
    await putObject(site, anna, { path: ['data', 'gone', 'c'], document: '<c/>', createParents: true });
    await exportTo('out');
    await deleteObject(site, anna, { path: ['data', 'gone'], recursive: true });
    await files({ 'out/notes.txt': '', 'out/.git/x.xml': '', 'out/table.csv': 'id\n' });
    const target = await FolderDocumentTarget.folder(join(folder, 'out'));
    const left = ['gone/', 'gone/c.xml', 'table.csv'];
    expect(await exportObjects(site, { path: ['data'], target })).toEqual({ objects: 2, left, removed: [] });
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['.git', 'a', 'gone', 'notes.txt', 'table.csv']);
    expect(await exportObjects(site, { path: ['data'], target, mirror: true })).toEqual({
      objects: 2,
      left: ['table.csv'],
      removed: ['gone/', 'gone/c.xml'],
    });
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['.git', 'a', 'notes.txt', 'table.csv']);
  });

  it('keeps with mirror what it did not write itself: hidden files, links, other kinds, and the folders they are in', async () => {
    await putObject(site, anna, { path: ['data', 'a'], document: '<a/>', createParents: true });
    await files({ 'out/x/.keep': '', 'out/y/read.me': '', 'out/z/deep/er/old.json': '{}', 'secret.xml': 'old' });
    await symlink(join(folder, 'secret.xml'), join(folder, 'out', 'link.xml'));
    await symlink(folder, join(folder, 'out', 'all'));
    const target = await FolderDocumentTarget.folder(join(folder, 'out'));
    const { left, removed } = await exportObjects(site, { path: ['data'], target, mirror: true });
    expect({ left, removed }).toEqual({
      left: ['x/', 'y/'],
      removed: ['z/', 'z/deep/', 'z/deep/er/', 'z/deep/er/old.json'],
    });
    expect(await readFile(join(folder, 'secret.xml'), 'utf8')).toBe('old');
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['a.xml', 'all', 'link.xml', 'x', 'y']);
  });

  it('removes no more files with mirror than it may, and says how many they are', async () => {
    await putObject(site, anna, { path: ['data', 'a'], document: '<a/>', createParents: true });
    await files(Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`out/${at}.xml`, '<x/>'])));
    const target = await FolderDocumentTarget.folder(join(folder, 'out'));
    await expect(exportObjects(site, { path: ['data'], target, mirror: true })).rejects.toMatchObject({
      code: 'CON-E003',
      message: expect.stringContaining('--allow-deletions 21') as string,
    });
    expect(await readdir(join(folder, 'out'))).toHaveLength(22);
    const { removed } = await exportObjects(site, { path: ['data'], target, mirror: true, allowDeletions: 21 });
    expect(removed).toHaveLength(21);
    expect(await readdir(join(folder, 'out'))).toEqual(['a.xml']);
  });

  it('never writes through a symbolic link', async () => {
    await putObject(site, anna, { path: ['data', 'a'], document: '<a/>', createParents: true });
    await putObject(site, anna, { path: ['data', 'b', 'c'], document: '<c/>', createParents: true });
    await files({ 'secret.xml': 'old', 'elsewhere/x': '' });
    await mkdir(join(folder, 'out'));
    await symlink(join(folder, 'secret.xml'), join(folder, 'out', 'a.xml'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'out', 'b'));
    await expect(exportTo('out')).rejects.toMatchObject({ code: 'CON-R008' });
    expect(await readFile(join(folder, 'secret.xml'), 'utf8')).toBe('old');
    expect(await readdir(join(folder, 'elsewhere'))).toEqual(['x']);
  });

  it.each(['t.json', 't.csv'])('to %s writes what import reads', async (name) => {
    await files({ 'in.csv': 'code,full name\n"a/b","x ""y""\nz"\n10, b \nä,\n' });
    await importAll({ keyField: 'code' }, 'in.csv');
    expect(await exportTo(name)).toBe(3);
    const other = openMemorySite();
    await importObjects(other, anna, { path: [], source: await FolderDocumentSource.open([join(folder, name)]) });
    expect(await tree(other, '/')).toEqual(await tree(site, '/data'));
  });

  it('to a table gives an empty site the same objects: what is empty, what is not there, and their order', async () => {
    await files({ 'in.csv': 'id,a,b,c\n1,x,,z\n2,,y,\n3,,,\n4,"",y,\n' });
    await importAll({}, 'in.csv');
    await putObject(site, anna, {
      path: ['data', '5'],
      document:
        '<object portal_type="row"><id type="string">5</id><c type="string"></c><d type="string">v</d></object>',
    });
    expect(await exportTo('t.csv')).toBe(5);
    const other = openMemorySite();
    await importObjects(other, anna, { path: [], source: await FolderDocumentSource.open([join(folder, 't.csv')]) });
    expect(await tree(other, '/')).toEqual(await tree(site, '/data'));
    expect(await importAll({}, 't.csv')).toMatchObject({ unchanged: 5 });
  });

  it('to a table adds ids only when no column has them', async () => {
    await files({ 'in.csv': 'id,v\r\n1,x\r\n2,"y,""z"""\r\n' });
    await importAll({}, 'in.csv');
    await exportTo('t.csv');
    expect(await readFile(join(folder, 't.csv'), 'utf8')).toBe('id,v\r\n1,x\r\n2,"y,""z"""\r\n');
    await putObject(site, anna, { path: ['data', '3'], document: '<object><w type="int">4</w></object>' });
    await exportTo('t.csv');
    expect(await readFile(join(folder, 't.csv'), 'utf8')).toBe('@id,id,v,w\r\n1,1,x,\r\n2,2,"y,""z""",\r\n3,,,4\r\n');
  });

  it('to a table is refused for what is no row', async () => {
    await putObject(site, anna, { path: ['data', 'a', 'b'], document: '<b/>', createParents: true });
    await expect(exportTo('t.csv')).rejects.toMatchObject({
      code: 'CON-R008',
      message: expect.stringContaining('/data/a') as string,
    });
    await expect(exportTo('t.csv', { path: ['data', 'a'] })).rejects.toMatchObject({ code: 'CON-R008' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('to a single XML file writes the object itself', async () => {
    await putObject(site, anna, { path: ['data'], document: '<a b="1"/>' });
    await exportTo('one.xml');
    expect(await readFile(join(folder, 'one.xml'), 'utf8')).toBe('<a b="1"></a>\n');
  });

  it('to a single XML file is refused for a folder of objects', async () => {
    await putObject(site, anna, { path: ['data', 'a'], document: '<b/>', createParents: true });
    await expect(exportTo('one.xml')).rejects.toMatchObject({ code: 'CON-R008' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused for an unknown path, extension, or a folder that is a file', async () => {
    await expect(exportTo('out')).rejects.toMatchObject({ code: 'CON-R002' });
    await putObject(site, anna, { path: ['data'] });
    await expect(exportTo('t.txt')).rejects.toMatchObject({ code: 'CON-R008' });
    await files({ file: '' });
    await expect(exportTo('file')).rejects.toMatchObject({ code: 'CON-R014' });
  });
});
