import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unusable } from './unusable-file.ts';

/** What is found in a folder: names in order, slashes between. */
export interface FolderFiles {
  readonly files: readonly string[];
  /** What is not looked into: symbolic links and what else is neither file nor folder, and what begins with a dot. */
  readonly leftOut: readonly string[];
}

/** Looks through a folder and those below it. @throws RequestError CON-R014 naming the folder that cannot be read */
export async function listFolder(folder: string): Promise<FolderFiles> {
  const files: string[] = [];
  const leftOut: string[] = [];
  const folders = [''];
  // Folders that are found are looked into later. A symbolic link is none: it may lead anywhere, and back to where it stands.
  for (const above of folders) {
    for (const entry of await entriesOf(join(folder, above))) {
      const name = above === '' ? entry.name : `${above}/${entry.name}`;
      // The operating system's or an editor's, not the operator's.
      if (entry.name.startsWith('.')) leftOut.push(name);
      else if (entry.isDirectory()) folders.push(name);
      else (entry.isFile() ? files : leftOut).push(name);
    }
  }
  return { files: files.sort(), leftOut: leftOut.sort() };
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw unusable(folder, 'read', cause);
  }
}
