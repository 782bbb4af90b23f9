import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderDocumentSource } from '../../../src/adapters/folder/folder-document-source.ts';
import { FolderDocumentTarget } from '../../../src/adapters/folder/folder-document-target.ts';
import { exportObjects } from '../../../src/use-cases/transfer/export-objects.ts';
import type { ImportReport } from '../../../src/use-cases/transfer/import-objects.ts';
import { importObjects } from '../../../src/use-cases/transfer/import-objects.ts';
import { canonicalFiles, exoplanetsTitle, hasExoplanets, unpackExoplanets } from '../../support/exoplanets.ts';
import { openMemorySite } from '../../support/memory-site.ts';

describe.skipIf(!hasExoplanets)(exoplanetsTitle, () => {
  const site = openMemorySite();
  let folder: string;

  beforeAll(async () => {
    folder = await unpackExoplanets();
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function importYear(year: string, mirror: boolean): Promise<ImportReport> {
    const source = await FolderDocumentSource.open([join(folder, year, 'systems')]);
    return importObjects(site, { name: 'anna' }, { path: ['catalogue'], source, mirror });
  }

  async function exportAs(name: string): Promise<string> {
    const target = await FolderDocumentTarget.folder(join(folder, name));
    await exportObjects(site, { path: ['catalogue'], target });
    return join(folder, name);
  }

  it('comes out as it was in 2020', async () => {
    expect(await importYear('2020', false)).toMatchObject({ created: 2830, changed: 0, removed: 0, failed: [] });
    expect(await canonicalFiles(await exportAs('out-2020'))).toEqual(
      await canonicalFiles(join(folder, '2020', 'systems')),
    );
  });

  it('is brought to 2023 by what has changed, and comes out as it is then', async () => {
    const report = await importYear('2023', true);
    expect(report).toMatchObject({ created: 1267, changed: 2814, unchanged: 0, removed: 16, failed: [] });
    expect(await canonicalFiles(await exportAs('out-2023'))).toEqual(
      await canonicalFiles(join(folder, '2023', 'systems')),
    );
  });

  it('is unchanged when it is imported again', async () => {
    const { seq } = await site.store.head();
    expect(await importYear('2023', true)).toMatchObject({ created: 0, changed: 0, unchanged: 4081, removed: 0 });
    expect((await site.store.head()).seq).toBe(seq);
  });
});
