import { RequestError } from '../../errors/concord-error.ts';
import type { DocumentTarget, FilePath } from '../../ports/document-files.ts';

const smallestLimit = 20;
const readByImport = /\.(?:xml|json|csv|tsv)$/i;
const writtenByExport = /\.(?:xml|json)$/i;

/** What stands in a target folder and was not written by the export: an import would make objects of it. Folders end with a slash. */
export interface LeftoverFiles {
  readonly left: readonly string[];
  readonly removed: readonly string[];
}

/** What an export wrote, by name, and whether it may remove what it did not write. */
export interface Mirroring {
  readonly written: ReadonlySet<string>;
  readonly mirror: boolean;
  /** How many files may go; else the larger of 20 and a tenth of those in the folder. */
  readonly allowed: number | undefined;
}

interface Survey {
  readonly files: readonly FilePath[];
  readonly folders: readonly FilePath[];
  readonly seen: number;
}

/**
 * Finds what an earlier export left in the folder, files of objects that are gone since, and with `mirror` removes it: XML and JSON files, and folders that are
 * empty then. All else there is somebody else's and stays: other kinds of files, hidden ones, links.
 * @throws RequestError CON-E003 when more would go than may: nothing is removed then, and the message has the number to allow
 */
export async function leftoverFiles(target: DocumentTarget, mirroring: Mirroring): Promise<LeftoverFiles> {
  const { written, mirror, allowed } = mirroring;
  const { files, folders, seen } = await survey(target, written);
  const names = (paths: readonly FilePath[], end = ''): readonly string[] =>
    paths.map((path) => `${path.join('/')}${end}`);
  if (!mirror) return { left: [...names(files), ...names(folders, '/')].sort(), removed: [] };
  // Where only the case differs, a file system may have taken the name for that of one that was written.
  const folded = new Set([...written].map((each) => each.toLowerCase()));
  const isRemovable = (file: FilePath): boolean =>
    writtenByExport.test(file.at(-1) ?? '') && !folded.has(keyOf(file).toLowerCase());
  const removable = files.filter(isRemovable);
  refuseTooMany(removable.length, allowed ?? Math.max(smallestLimit, Math.floor(seen / 10)));
  for (const file of removable) await target.remove(file, 'file');
  const kept = names(files.filter((file) => !isRemovable(file)));
  const gone: string[] = [];
  const stay: string[] = [];
  // The lowest first, so that a folder of nothing but empty folders is empty too.
  for (const folder of folders.toReversed()) {
    const isGone = (await target.list(folder)).length === 0 && (await target.remove(folder, 'folder'));
    (isGone ? gone : stay).push(`${folder.join('/')}/`);
  }
  return { left: [...kept, ...stay].sort(), removed: [...names(removable), ...gone].sort() };
}

/** Every folder stands before what is in it. */
async function survey(target: DocumentTarget, written: ReadonlySet<string>): Promise<Survey> {
  const [files, folders]: [FilePath[], FilePath[]] = [[], []];
  let seen = 0;
  const open: FilePath[] = [[]];
  // Grows while it is walked.
  for (const folder of open) {
    for (const { name, kind } of await target.list(folder)) {
      const path = [...folder, name];
      const isWritten = written.has(keyOf(path));
      if (kind === 'file' && readByImport.test(name)) {
        seen++;
        if (!isWritten) files.push(path);
      }
      if (kind !== 'folder') continue;
      open.push(path);
      if (!isWritten) folders.push(path);
    }
  }
  return { files, folders, seen };
}

/** The name under which `written` has a path: file systems may give a name back in another Unicode form. */
export function keyOf(path: FilePath): string {
  return path.join('/').normalize('NFC');
}

function refuseTooMany(count: number, limit: number): void {
  if (count <= limit) return;
  const message = `${count} files are of no object that is there now, more than the limit of ${limit}. All objects were written, and none of these files was removed. If they are meant to go, export again with --allow-deletions ${count}`;
  throw new RequestError('CON-E003', message, { deletions: count, limit });
}
