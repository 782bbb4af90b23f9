import { ConcordError } from '../errors/concord-error.ts';
import { diff } from '../xupdate/diff.ts';
import type { Call } from './command-action.ts';
import { InputVersions } from './file-input.ts';
import type { MergedFile, MergeFolders } from './merge-files.ts';
import { isXmlFile, readVersions, writtenContent } from './merge-files.ts';
import type { OutputFolder } from './output-folder.ts';

/** What is written, of which versions, and where. */
export interface MergeOutput {
  readonly files: readonly MergedFile[];
  readonly folders: MergeFolders;
  readonly output: OutputFolder;
}

/**
 * Makes a folder hold what a merge has, and no longer what it has not; files that the merge does not know stay. So does what is in none of its
 * versions, though the merge has no such file any more: somebody edited it there, and an edit stands against a deletion. Returns the names of those.
 * @throws RequestError CON-R014 when a file cannot be written or removed
 */
export async function writeMerged(call: Call, { files, folders, output }: MergeOutput): Promise<readonly string[]> {
  const kept: string[] = [];
  // Before anything is written: a file may be where a folder is to be, and what is merged may be written over one of its versions.
  for (const { file, merged } of files) {
    const present = merged === undefined ? await output.read(file) : undefined;
    if (present === undefined) continue;
    if (present !== 'link' && (await isVersion(call, { file, octets: present }, folders))) await output.remove(file);
    else kept.push(file);
  }
  for (const { file, merged } of files) if (merged !== undefined) await output.write(file, writtenContent(merged));
  return kept;
}

interface PresentFile {
  readonly file: string;
  readonly octets: Uint8Array;
}

async function isVersion(call: Call, present: PresentFile, folders: MergeFolders): Promise<boolean> {
  const versions = Object.values(await readVersions(folders, present.file));
  return versions.some((octets) => octets !== undefined && holdsSame(call, present, octets));
}

/** Whether nothing is lost with the one file as long as the other is there: what merges write is often written otherwise than what was merged. */
function holdsSame(call: Call, { file, octets }: PresentFile, other: Uint8Array): boolean {
  if (Buffer.compare(octets, other) === 0) return true;
  if (!isXmlFile(file)) return false;
  try {
    const inputs = new InputVersions(call);
    return diff(inputs.parse(octets, file), inputs.parse(other, file)) === '';
  } catch (cause) {
    if (cause instanceof ConcordError) return false;
    throw cause;
  }
}
