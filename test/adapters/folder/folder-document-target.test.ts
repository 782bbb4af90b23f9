import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderDocumentTarget } from '../../../src/adapters/folder/folder-document-target.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-target-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a folder that documents are written to', () => {
  it('is made with all those above it, or is there already', async () => {
    for (let times = 0; times < 2; times++) {
      const target = await FolderDocumentTarget.folder(join(folder, 'a/b/c'));
      await target.write(['record.xml'], '<record/>');
    }
    expect(await readFile(join(folder, 'a/b/c/record.xml'), 'utf8')).toBe('<record/>');
  });

  it('is refused where a file stands at its place, or above it', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const path of ['file', 'file/below'])
      await expect(FolderDocumentTarget.folder(join(folder, path))).rejects.toMatchObject({ code: 'CON-R014' });
  });

  it.skipIf(process.platform !== 'linux')('is refused where the file system makes none (needs /proc)', async () => {
    await expect(FolderDocumentTarget.folder('/proc/concord/records')).rejects.toMatchObject({ code: 'CON-R014' });
  });
});
