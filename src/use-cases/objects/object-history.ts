import { RequestError } from '../../errors/concord-error.ts';
import type { Edit, FieldEdit } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import type { Revision } from '../../objects/revision.ts';
import { presentVersion } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion, isSameVersion, newVersion } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { FieldChange } from '../../synchronization/fields.ts';
import { changedFields, editAbout } from '../../synchronization/fields.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import { childrenOf } from './descendants.ts';
import type { ObjectName } from './find-object.ts';
import { findObject } from './find-object.ts';
import type { EditingContext, LocalEdits } from './local-edits.ts';
import { editTree } from './local-edits.ts';
import type { ReadingContext } from './read-object.ts';
import { parentAt } from './read-object.ts';
import type { Actor } from '../site-context.ts';
import type { WrittenObject } from './write-object.ts';

const defaultLimit = 50;

/** One revision of an object, with what it changed. */
export interface HistoryEntry {
  readonly seq: number;
  readonly state: Revision['state'];
  /** Time of the newest edit that it changed something by, by the clock of the site where it was made. */
  readonly at: number;
  readonly by: string;
  readonly receivedAt: number;
  /** Edits of others that this revision took in beside the main one. */
  readonly others: readonly FieldEdit[];
  /** From another site. */
  readonly isReceived: boolean;
  /** Field by field, against the revision before; the oldest one that is kept counts as the creation. */
  readonly changes: readonly FieldChange[];
}

/** Which part of a history. */
export interface HistoryOptions {
  /** Only revisions older than this sequence number. */
  readonly before?: number;
  /** 50 unless given. */
  readonly limit?: number;
  /** How repeated elements are told apart; by gid, else id, unless given. */
  readonly keys?: KeyRules;
}

/** The history of an object that is there, or was: newest first. @throws RequestError CON-R002 when there never was one */
export async function objectHistory(
  { store }: ReadingContext,
  name: ObjectName,
  options: HistoryOptions = {},
): Promise<readonly HistoryEntry[]> {
  const { before, limit = defaultLimit, keys } = options;
  const { gid } = (await findObject(store, name)).version;
  // One more, for what the oldest of the page changed.
  const revisions = await store.history(gid, { limit: limit + 1, ...(before === undefined ? {} : { before }) });
  return revisions.slice(0, limit).map((revision, at) => entryOf(revision, revisions[at + 1], keys));
}

/** Objects that were deleted from a folder, newest deletion first; from the site itself for the empty path. @throws RequestError CON-R002 when there is no such folder */
export async function deletedObjects(
  { store }: ReadingContext,
  path: Path,
  limit: number = defaultLimit,
): Promise<readonly Revision[]> {
  const gone = await store.deletedBelow(await parentAt(store, path), limit);
  return gone.filter(({ state }) => state === 'deleted');
}

/** An object that is deleted, and where it was. */
export interface DeletedObject {
  readonly path: Path;
  readonly revision: Revision;
}

/**
 * All that was deleted below a path and what stands or stood there, newest deletion first, at most `limit` of it. Looks into every folder, those that were deleted
 * too, so that its cost is that of the subtree.
 * @throws RequestError CON-R002 when there is no such folder, and was none
 */
export async function deletedWithin(
  { store }: ReadingContext,
  path: Path,
  limit: number = defaultLimit,
): Promise<readonly DeletedObject[]> {
  const root = path.length === 0 ? topGid : (await findObject(store, path)).version.gid;
  const found: DeletedObject[] = [];
  const folders: { readonly gid: Gid; readonly at: Path }[] = [{ gid: root, at: path }];
  const seen = new Set<Gid>([root]);
  const enter = ({ gid, id }: Version, at: Path): void => {
    if (seen.has(gid)) return;
    seen.add(gid);
    folders.push({ gid, at: [...at, id] });
  };
  // Grows while it is walked.
  for (const { gid, at } of folders) {
    for (const revision of await store.deletedBelow(gid, Number.MAX_SAFE_INTEGER)) {
      if (revision.state === 'deleted') found.push({ path: [...at, revision.version.id], revision });
      enter(revision.version, at);
    }
    for await (const child of childrenOf(store, gid)) enter(child, at);
  }
  return found.toSorted((a, b) => b.revision.seq - a.revision.seq).slice(0, limit);
}

function entryOf(revision: Revision, older: Revision | undefined, keys: KeyRules | undefined): HistoryEntry {
  const { seq, state, edits, receivedAt, origin } = revision;
  const changes = changedFields(presentVersion(older), presentVersion(revision), keys);
  const { at, by } = newestEdit(revision, changes);
  return { seq, state, at, by, receivedAt, others: edits.others, isReceived: origin !== undefined, changes };
}

/** The newest of the edits that set these fields; of all of them, where an object appears. */
function newestEdit({ state, edits }: Revision, changes: readonly FieldChange[]): Edit {
  const isWhole = changes.some(({ field }) => field === 'existence');
  if (isWhole && state !== 'present') return edits.main;
  const made = isWhole ? [edits.main, ...edits.others] : changes.map(({ field }) => editAbout(edits, field));
  return made.reduce((newest, edit) => (edit.at > newest.at ? edit : newest), made[0] ?? edits.main);
}

/** Which object, by where it is (or was when it was deleted) or by its gid; and which of its revisions, left out: the newest, to bring back what was deleted. */
export type RestoreRequest = ({ readonly path: Path } | { readonly gid: Gid }) & { readonly seq?: number | undefined };

/** The object as it stands again, and the folders that came back with it. */
export interface RestoredObject extends WrittenObject {
  readonly revived: readonly Version[];
}

/**
 * Writes the content that an object had in an old revision as a new one. An object that is there stays where it is; a deleted one comes back to where it was, and
 * deleted folders above it come back too, without what else was in them. Restoring what is there already writes nothing.
 * @throws RequestError CON-R002 when there never was such an object, or a folder above it has left this site; CON-R009 when it has no such revision; CON-R006 when
 * another object has taken the name of one that comes back; CON-R008 when it is not deleted but has left with the query of a subscription
 */
export async function restoreRevision(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  request: RestoreRequest,
): Promise<RestoredObject> {
  const { store } = context;
  return editTree(context, actor, async (edits) => {
    const newest = await findObject(store, 'path' in request ? request.path : request.gid);
    const { version: chosen } = await chosenRevision(store, newest, request.seq);
    const { parent, id } = newest.version;
    if (newest.state === 'left')
      throw new RequestError(
        'CON-R008',
        `“${id}” has left with the query of a subscription: it comes back when the publisher has it in there again`,
      );
    const revived = newest.state === 'deleted' ? await reviveParents(edits, parent) : [];
    const version = newVersion({ ...newest.version, type: chosen.type, document: chosen.document });
    if (newest.state === 'deleted') await refuseTakenName(edits, version);
    if (newest.state === 'deleted' || !isSameVersion(newest.version, version)) await edits.write('present', version);
    return { version, isNew: false, digest: digestOfVersion(version), revived };
  });
}

async function chosenRevision(store: ObjectReader, newest: Revision, seq: number | undefined): Promise<Revision> {
  if (seq === undefined || seq === newest.seq) return newest;
  const chosen = await store.revision(seq);
  if (chosen?.version.gid !== newest.version.gid)
    throw new RequestError('CON-R009', `“${newest.version.id}” has no revision ${seq}`);
  return chosen;
}

/** Brings the deleted folders above back, the highest first. */
async function reviveParents(edits: LocalEdits, parent: Gid): Promise<readonly Version[]> {
  const gone: Version[] = [];
  for (let at = parent; at !== topGid;) {
    const current = await edits.tree.current(at);
    if (current?.state === 'present') break;
    if (current?.state !== 'deleted' || gone.some(({ gid }) => gid === at)) {
      const name = current === undefined ? at : `“${current.version.id}”`;
      throw new RequestError('CON-R002', `The folder ${name} above it is not at this site any more`);
    }
    gone.unshift(current.version);
    at = current.version.parent;
  }
  for (const version of gone) {
    await refuseTakenName(edits, version);
    await edits.write('present', version);
  }
  return gone;
}

async function refuseTakenName(edits: LocalEdits, { parent, id }: Version): Promise<void> {
  if ((await edits.named(parent, id)) !== undefined)
    throw new RequestError('CON-R006', `Another object has taken the name “${id}” meanwhile: rename that one first`);
}
