import { folderDocument, typeOfDocument } from '../../objects/document-type.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { checkedId } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import { newVersion } from '../../objects/version.ts';
import type { LocalEdits } from './local-edits.ts';

/** The gid of what is at a path; folders that are missing on the way, and at its end, are made. @throws RequestError CON-R008 for an id that cannot be one */
export async function ensureFolders(edits: LocalEdits, path: Path): Promise<Gid> {
  let parent: Gid = topGid;
  for (const id of path) {
    const found: Version | undefined = await edits.named(parent, id);
    parent = found?.gid ?? (await makeFolder(edits, { parent, id }));
  }
  return parent;
}

async function makeFolder(
  edits: LocalEdits,
  { parent, id }: { readonly parent: Gid; readonly id: string },
): Promise<Gid> {
  const gid = await edits.gids.gidFor({ parent, id: checkedId(id), document: folderDocument });
  const content = { type: typeOfDocument(folderDocument), document: folderDocument };
  await edits.write('present', newVersion({ gid, parent, id, ...content }));
  return gid;
}
