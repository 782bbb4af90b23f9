import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unusable } from './unusable-file.ts';

/** The names of all files in a folder, in order, slashes between. @throws RequestError CON-R014 naming the folder that cannot be read */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  const folders = [''];
  // Folders that are found are looked into later. A symbolic link is none: it may lead anywhere, and back to where it stands.
  for (const above of folders) {
    for (const entry of await entriesOf(join(folder, above))) {
      const name = above === '' ? entry.name : `${above}/${entry.name}`;
      // The operating system's or an editor's, not the operator's.
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) folders.push(name);
      else if (entry.isFile()) files.push(name);
    }
  }
  return files.sort();
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw unusable(folder, 'read', cause);
  }
}
