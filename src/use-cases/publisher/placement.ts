import type { Edit, Edits } from '../../objects/edit.ts';
import { editOf } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import { numberedId } from '../../objects/numbered-id.ts';
import type { Revision, RevisionDraft } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import { editThatSet } from '../../synchronization/fields.ts';
import type { Note } from '../../synchronization/standing.ts';
import type { TreeWrites } from '../objects/tree-writes.ts';

const pageSize = 200;
const historyLimit = 50;
const none: ReadonlyMap<string, readonly Gid[]> = new Map();

/** Where placement works: one batch of one site. */
export interface Ground {
  readonly reader: ObjectReader;
  readonly tree: TreeWrites;
  /** Who takes a name in this batch, by `nameKey`. */
  readonly names: ReadonlyMap<string, readonly Gid[]>;
  /** The collection's root: its children are at the top for the peer. */
  readonly root: Gid;
  readonly now: number;
  /** An edit of placement's own: nobody's but the site's. */
  readonly ownEdit: () => Edit;
  /** Writes a version that placement decided. */
  readonly write: (version: Version, edits: Edits) => Promise<void>;
  /** Keeps what did not stand. */
  readonly note: (gid: Gid, note: Note) => void;
}

/**
 * Checks where the objects of a package stand, after all of them are written (engine.md §4, "Placement"): names are free, parents are there, nobody is below
 * itself. Returns those whose parent is missing, which the end of the package settles.
 */
export async function checkPlacement(gids: readonly Gid[], ground: Ground): Promise<readonly Gid[]> {
  const orphans: Gid[] = [];
  const holders = await holdersOf(gids, ground);
  for (const gid of gids) {
    const draft = await ground.tree.current(gid);
    if (draft?.state !== 'present') continue;
    if ((await ringOf(draft.version, ground.tree)) !== undefined) await putBack(draft, ground);
    else if (!(await hasParent(draft.version, ground))) orphans.push(gid);
    await checkName(gid, ground, holders);
  }
  return orphans;
}

/** Who has the names in the store that these objects have now, by `nameKey`: one read for each parent. */
export async function holdersOf(
  gids: readonly Gid[],
  { reader, tree }: Pick<Ground, 'reader' | 'tree'>,
): Promise<ReadonlyMap<string, readonly Gid[]>> {
  const wanted = new Map<Gid, string[]>();
  for (const gid of gids) {
    const version = (await tree.current(gid))?.version;
    if (version === undefined) continue;
    const ids = wanted.get(version.parent);
    if (ids === undefined) wanted.set(version.parent, [version.id]);
    else ids.push(version.id);
  }
  const holders = new Map<string, readonly Gid[]>();
  for (const [parent, ids] of wanted) {
    const found = await reader.holders(parent, ids);
    for (const id of ids) holders.set(nameKey(parent, id), found.get(id) ?? []);
  }
  return holders;
}

/** At the end of a package: parents that were deleted here are revived; where there never was one, the object moves to the top of the collection. */
export async function settleOrphans(gids: readonly Gid[], ground: Ground): Promise<void> {
  for (const gid of gids) {
    const draft = await ground.tree.current(gid);
    if (draft?.state !== 'present' || (await hasParent(draft.version, ground))) continue;
    await settleOrphan(draft, ground, new Set([gid]));
  }
}

async function settleOrphan(orphan: RevisionDraft, ground: Ground, seen: Set<Gid>): Promise<void> {
  const { parent } = orphan.version;
  const lost = await ground.tree.current(parent);
  if (lost === undefined || seen.has(parent)) return putBack(orphan, ground);
  seen.add(parent);
  // What is below it is why it is there again.
  const revival = { main: orphan.edits.main, others: [] };
  await ground.write(lost.version, revival);
  if (lost.state === 'deleted') {
    ground.note(parent, {
      field: 'existence',
      base: 'present',
      publisher: { value: 'present', edit: revival.main },
      subscriber: { value: undefined, edit: lost.edits.main },
      state: 'open',
    });
  }
  if (!(await hasParent(lost.version, ground))) await settleOrphan({ ...lost, edits: revival }, ground, seen);
  await checkName(parent, ground);
}

async function hasParent(version: Version, { tree, root }: Ground): Promise<boolean> {
  if (version.parent === topGid || version.parent === root) return true;
  return (await tree.current(version.parent))?.state === 'present';
}

/** What an object stands below, the nearest first, where that is itself; undefined where it is not. */
export async function ringOf({ gid, parent }: Version, tree: TreeWrites): Promise<readonly Gid[] | undefined> {
  const above = new Set<Gid>();
  let at: Gid | undefined = parent;
  while (at !== undefined && at !== topGid && at !== gid && !above.has(at)) {
    above.add(at);
    at = (await tree.current(at))?.version.parent;
  }
  return at === gid ? [...above] : undefined;
}

/**
 * A move that would close a ring, or to what nobody knows, does not stand: the object goes back to where it was, as far as that is still there, and the wish is
 * noted. What is new goes to the top of the collection.
 */
async function putBack({ version, edits }: RevisionDraft, ground: Ground): Promise<void> {
  const { gid } = version;
  const history = await ground.reader.history(gid, { limit: historyLimit });
  const place = await lastPlace(version, { history, ground });
  const main = place?.edit ?? ground.ownEdit();
  const parent = place?.parent ?? ground.root;
  const [base, wish] = [toPeer(parent, ground), toPeer(version.parent, ground)];
  ground.note(gid, {
    field: 'parent',
    base,
    publisher: { value: base, edit: main },
    subscriber: { value: wish, edit: editOf(edits, 'parent') },
    state: 'open',
  });
  await ground.write({ ...version, parent }, { main, others: [] });
  await checkName(gid, ground);
}

/** Where the object stood last, of the places where it can stand now, and who had put it there. */
async function lastPlace(
  version: Version,
  { history, ground }: { readonly history: readonly Revision[]; readonly ground: Ground },
): Promise<{ readonly parent: Gid; readonly edit: Edit | undefined } | undefined> {
  for (const [index, { state, version: before }] of history.entries()) {
    if (state !== 'present' || before.parent === version.parent) continue;
    const back = { ...version, parent: before.parent };
    if ((await hasParent(back, ground)) && (await ringOf(back, ground.tree)) === undefined)
      return { parent: before.parent, edit: editThatSet(history.slice(index), 'parent') };
  }
  return undefined;
}

/** What is directly below the collection's root is at the top for the peer. */
function toPeer(parent: Gid, { root }: Ground): Gid {
  return parent === root ? topGid : parent;
}

/** The object that was there first keeps its id; the one that comes in becomes `x-2`. */
async function checkName(gid: Gid, ground: Ground, holders: ReadonlyMap<string, readonly Gid[]> = none): Promise<void> {
  const draft = await ground.tree.current(gid);
  if (draft?.state !== 'present') return;
  const { version } = draft;
  if (!(await isTaken(version, holders.get(nameKey(version.parent, version.id)), ground))) return;
  const id = await freeId(version, ground);
  await ground.write({ ...version, id }, { main: ground.ownEdit(), others: [] });
}

/** Where names are looked up: as of one batch of one site. */
type NameGround = Pick<Ground, 'reader' | 'tree' | 'names'>;

/** The first of `x`, `x-2`, `x-3`, … that no other object has beside this one. */
export async function freeId(version: Version, ground: NameGround): Promise<string> {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? version.id : numberedId(version.id, number);
    if (!(await isTaken({ ...version, id }, undefined, ground))) return id;
  }
}

/** Whether another object has the name of this version; `holders` are those that have it in the store, where that has been read. */
async function isTaken(
  { gid, parent, id }: Version,
  holders: readonly Gid[] | undefined,
  { reader, tree, names }: NameGround,
): Promise<boolean> {
  const stored = holders ?? (await reader.named(parent, id)).map((other) => other.gid);
  for (const other of [...stored, ...(names.get(nameKey(parent, id)) ?? [])]) {
    if (other === gid) continue;
    const now = await tree.current(other);
    if (now?.state === 'present' && now.version.parent === parent && now.version.id === id) return true;
  }
  return false;
}

/** A name within a parent, as a key. */
export function nameKey(parent: Gid, id: string): string {
  return `${parent}\n${id}`;
}

/** Something that is still below an object after all that the batch has done; undefined when nothing is. */
export async function liveChild(ground: Pick<Ground, 'reader' | 'tree'>, gid: Gid): Promise<RevisionDraft | undefined> {
  for await (const child of liveChildren(ground, gid)) return child;
  return undefined;
}

/** All that is still below an object after what the batch has done. */
export async function* liveChildren(
  { reader, tree }: Pick<Ground, 'reader' | 'tree'>,
  gid: Gid,
): AsyncGenerator<RevisionDraft> {
  for (let after = ''; ;) {
    const page = await reader.children(gid, { after, limit: pageSize });
    for (const child of page) {
      const now = await tree.current(child.gid);
      if (now?.state === 'present' && now.version.parent === gid) yield now;
      after = child.id;
    }
    if (page.length < pageSize) return;
  }
}

/** It comes to stand somewhere: for the first time, again after a deletion, or elsewhere than before. */
export function isPlacedAnew(before: Version | undefined, after: Version | undefined): boolean {
  return after !== undefined && (before?.parent !== after.parent || before.id !== after.id);
}
