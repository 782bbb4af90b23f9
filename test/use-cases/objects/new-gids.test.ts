import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { FolderDocumentSource } from '../../../src/adapters/folder/folder-document-source.ts';
import { deleteObject, moveObject } from '../../../src/use-cases/objects/write-object.ts';
import { resolvePath } from '../../../src/use-cases/objects/read-object.ts';
import { importObjects } from '../../../src/use-cases/transfer/import-objects.ts';
import { HandClock } from '../../support/memory-site.ts';
import { card, sync, TestSite, Wire } from '../../support/synced-sites.ts';

const anna = { name: 'anna' };
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7/;
let cps: TestSite;

beforeEach(async () => {
  cps = new TestSite('cps', new HandClock());
  await cps.put('/r/before', card('Before', '0'));
});

async function gidAt(...path: readonly string[]): Promise<string | undefined> {
  return (await resolvePath(cps.context.store, path))?.gid;
}

async function importTable(text: string, options: { readonly gidField?: string } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'concord-gids-'));
  try {
    await writeFile(join(folder, 'people.csv'), text);
    const source = await FolderDocumentSource.open([join(folder, 'people.csv')]);
    return await importObjects(cps.context, anna, { path: ['r'], source, ...options });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the GID generator of a publication', () => {
  it('runs once, when an object is created below its path; what is there keeps its gid', async () => {
    const before = await gidAt('r', 'before');
    await cps.publish('Repository', '/r', { gidGenerator: 'property:phone' });
    await cps.put('/r/a', card('A', '+47 1'));
    await cps.put('/r/a', card('A', '+47 2'));
    await moveObject(cps.context, anna, { path: ['r', 'a'], to: ['r', 'b'] });
    expect(await gidAt('r', 'b')).toBe('+47 1');
    expect(await gidAt('r', 'before')).toBe(before);
    await cps.put('/elsewhere/c', card('C', '+47 1'));
    expect(await gidAt('elsewhere', 'c')).toMatch(uuid);
  });

  it('names objects by id or by path, folders on the way too; the innermost publication counts', async () => {
    await cps.publish('Repository', '/r', { gidGenerator: 'path' });
    await cps.put('/r/people/a', card('A', '1'));
    expect([await gidAt('r', 'people'), await gidAt('r', 'people', 'a')]).toEqual(['people', 'people/a']);
    await cps.publish('People', '/r/people', { gidGenerator: 'id' });
    await cps.put('/r/people/b', card('B', '1'));
    await cps.put('/r/c', card('C', '1'));
    expect([await gidAt('r', 'people', 'b'), await gidAt('r', 'c')]).toEqual(['b', 'c']);
  });

  it('refuses a second object with the same gid, naming both, and nothing is written', async () => {
    await cps.publish('Repository', '/r', { gidGenerator: 'property:phone' });
    await cps.put('/r/a', card('A', '1'));
    await expect(cps.put('/r/people/b', card('B', '1'))).rejects.toMatchObject({
      code: 'CON-R006',
      message: '/r/people/b cannot have the gid 1: it is that of /r/a already',
    });
    expect(await gidAt('r', 'people')).toBeUndefined();
    await deleteObject(cps.context, anna, { path: ['r', 'a'] });
    await cps.put('/r/people/b', card('B', '1'));
    expect(await gidAt('r', 'people', 'b')).toBe('1');
  });

  it('refuses an object that has not the property, and what cannot be a gid', async () => {
    await cps.publish('Repository', '/r', { gidGenerator: 'property:phone' });
    await expect(cps.put('/r/a', card('A', ''))).rejects.toMatchObject({
      code: 'CON-R008',
      message: expect.stringMatching(/“a” has not the property[^]*Repository/) as string,
    });
    await expect(cps.put('/r/a', card('A', 'x'.repeat(201)))).rejects.toThrow('1 to 200 characters');
    await cps.put('/r/folder/b', card('B', '2'));
    expect(await gidAt('r', 'folder')).toMatch(uuid);
  });

  it('runs for each object of an import, unless --gid names the field; what has the same gid is reported', async () => {
    await cps.publish('Repository', '/r', { gidGenerator: 'property:phone' });
    const report = await importTable('id,phone,key\na,1,k1\nb,1,k2\nc,3,k3\n');
    expect(report).toMatchObject({
      created: 2,
      failed: [{ where: 'people.csv:3', message: '/r/b cannot have the gid 1: it is that of /r/a already' }],
    });
    expect([await gidAt('r', 'a'), await gidAt('r', 'c')]).toEqual(['1', '3']);
    await importTable('id,phone,key\nd,4,k4\n', { gidField: 'key' });
    expect(await gidAt('r', 'd')).toBe('k4');
  });

  it('is told to nobody: the gid travels like any other', async () => {
    const client = new TestSite('client', cps.clock);
    await cps.addAccount('sync', 'a:b');
    await cps.publish('Repository', '/r', { gidGenerator: 'id' });
    await cps.put('/r/ä/"1"', card('A', '1'));
    await client.subscribe('Repository', cps, '/r');
    await sync(client, 'Repository', new Wire(cps));
    expect(await client.tree('/r')).toEqual(await cps.tree('/r'));
    expect(Object.values(await client.tree('/r')).join()).toContain('"1" <object');
  });

  it('is one for each path', async () => {
    await cps.publish('Repository', '/r', { gidGenerator: 'id' });
    await cps.publish('Same', '/r', { gidGenerator: 'id' });
    await cps.publish('Random', '/r');
    await expect(cps.publish('Other', '/r', { gidGenerator: 'path' })).rejects.toMatchObject({
      code: 'CON-R008',
      message: expect.stringContaining('“Repository” of the same path makes gids by id') as string,
    });
  });
});
