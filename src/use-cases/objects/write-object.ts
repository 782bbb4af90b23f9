import { RequestError } from '../../errors/concord-error.ts';
import { checkedDocument } from '../../objects/checked-document.ts';
import { folderDocument } from '../../objects/document-type.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { checkedId, formatPath } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion, isSameVersion, newVersion } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { Digest } from '../../xml/digest.ts';
import { canonicalXml } from '../../xml/canonical.ts';
import { parseStoredXml } from '../../xml/parse.ts';
import { applyModifications } from '../../xupdate/apply.ts';
import { parseModifications } from '../../xupdate/parse-modifications.ts';
import { descendantsOf } from './descendants.ts';
import { ensureFolders } from './ensure-folders.ts';
import type { EditingContext, LocalEdits } from './local-edits.ts';
import { editTree } from './local-edits.ts';
import type { Precondition } from './precondition.ts';
import { checkPrecondition } from './precondition.ts';
import { parentAt, readObject, resolvePath } from './read-object.ts';
import type { Actor } from '../site-context.ts';

/** An object as it stands after a write. `digest` is that of the whole version: what `ifMatch` asks for. */
export interface WrittenObject {
  readonly version: Version;
  readonly isNew: boolean;
  readonly digest: Digest;
}

/** What to put where. */
export interface PutRequest extends Precondition {
  /** XML text. Left out: a new object is a folder, one that is there keeps its document. */
  readonly document?: string;
  /** `object` or `xml`; left out: what the document looks like. */
  readonly type?: string;
  /** Makes the folders that are missing on the way. */
  readonly createParents?: boolean;
}

/**
 * Creates or replaces the object at a path. Writing what is there already writes no revision.
 * @throws RequestError CON-R002 when a parent is missing, CON-R007 when the object is not as `ifMatch` or `ifNoneMatch` want it, CON-R008 for a wrong path or type,
 *   or when the object has not what its gid is made of; CON-R006 when another one has that gid
 * @throws ProtocolError CON-X001, CON-X002, CON-X003 for a document that is not accepted
 */
export async function putObject(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  request: PutRequest,
): Promise<WrittenObject> {
  const { path } = request;
  const id = lastId(path);
  const content =
    request.document === undefined ? undefined : checkedDocument(request.document, request.type, context.xmlLimits);
  return editTree(context, actor, async (edits) => {
    const before = await resolvePath(context.store, path);
    checkPrecondition(before, request);
    if (before !== undefined) {
      const version = content === undefined ? before : newVersion({ ...before, ...content });
      return writeUnlessSame(edits, before, version);
    }
    const parent =
      request.createParents === true
        ? await ensureFolders(edits, path.slice(0, -1))
        : await parentAt(context.store, path.slice(0, -1));
    const made = content ?? checkedDocument(folderDocument, request.type);
    const gid = await edits.gids.gidFor({ parent, id, document: made.document });
    return writeUnlessSame(edits, undefined, newVersion({ gid, parent, id, ...made }));
  });
}

/** What to change where, and the digest that the object must still have. */
export interface PatchRequest extends Precondition {
  /** XUpdate modifications as XML text. */
  readonly modifications: string;
}

/**
 * Applies XUpdate modifications to the document of an object.
 * @throws RequestError CON-R002, CON-R007 as `putObject`
 * @throws XUpdateError CON-U001 when they break the language or do not fit: nothing is changed
 */
export async function patchObject(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  request: PatchRequest,
): Promise<WrittenObject> {
  const { xmlLimits: limits } = context;
  const modifications = parseModifications(request.modifications, 'peer', limits);
  return editTree(context, actor, async (edits) => {
    const before = await readObject(context, request.path);
    checkPrecondition(before, request);
    const applied = applyModifications(parseStoredXml(before.document), modifications, limits && { limits });
    const changed = checkedDocument(canonicalXml(applied), undefined, limits);
    return writeUnlessSame(edits, before, newVersion({ ...before, ...changed }));
  });
}

/** Where to, and the digest that the object must still have. */
export interface MoveRequest extends Precondition {
  /** The whole new path: the last id is the object's new one. */
  readonly to: Path;
}

/**
 * Moves or renames an object, with all that is below it.
 * @throws RequestError CON-R002 when object or new parent are missing, CON-R006 when there is something at the new path, CON-R008 when it would come to stand below
 * itself, CON-R007 as `putObject`
 */
export async function moveObject(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  request: MoveRequest,
): Promise<WrittenObject> {
  const id = lastId(request.to);
  return editTree(context, actor, async (edits) => {
    const before = await readObject(context, request.path);
    checkPrecondition(before, request);
    const parent = await parentAt(context.store, request.to.slice(0, -1));
    await refuseRing(context.store, before, parent);
    const taken = await context.store.named(parent, id);
    if (taken.some(({ gid }) => gid !== before.gid))
      throw new RequestError('CON-R006', `There is an object at ${formatPath(request.to)} already`);
    return writeUnlessSame(edits, before, { ...before, parent, id });
  });
}

/** What to delete, whether with all that is below it, and the digest that the object must still have. */
export interface DeleteRequest extends Precondition {
  readonly recursive?: boolean;
}

/**
 * Deletes an object, and what is below it when that is asked for. Each leaves a tombstone in the log, from which `restoreRevision` brings it back.
 * Returns how many were deleted.
 * @throws RequestError CON-R002 when there is none, CON-R012 when it has children and `recursive` is not set, CON-R007 as `putObject`
 */
export async function deleteObject(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  request: DeleteRequest,
): Promise<number> {
  return editTree(context, actor, async (edits) => {
    const version = await readObject(context, request.path);
    checkPrecondition(version, request);
    const gone = [version];
    if (request.recursive === true) {
      for await (const below of descendantsOf(context.store, version.gid)) gone.push(below);
    } else if ((await context.store.countChildren(version.gid)) > 0) {
      throw new RequestError('CON-R012', `There are objects below ${formatPath(request.path)}`);
    }
    // Children first, so that at no place of the log something stands below what is gone.
    for (const each of gone.reverse()) await edits.write('deleted', each);
    return gone.length;
  });
}

async function writeUnlessSame(
  edits: LocalEdits,
  before: Version | undefined,
  version: Version,
): Promise<WrittenObject> {
  if (!isSameVersion(before, version)) await edits.write('present', version);
  return { version, isNew: before === undefined, digest: digestOfVersion(version) };
}

async function refuseRing(store: ObjectReader, moved: Version, parent: Gid): Promise<void> {
  const seen = new Set<Gid>();
  for (let at = parent; at !== topGid && !seen.has(at);) {
    if (at === moved.gid) throw new RequestError('CON-R008', `“${moved.id}” cannot be moved below itself`);
    seen.add(at);
    at = (await store.current([at])).get(at)?.version.parent ?? topGid;
  }
}

function lastId(path: Path): string {
  const id = path.at(-1);
  if (id === undefined) throw new RequestError('CON-R008', 'The site itself cannot be written: name an object');
  return checkedId(id);
}
