import type { Edit, Edits } from '../objects/edit.ts';
import type { Gid } from '../objects/gid.ts';
import { topGid } from '../objects/gid.ts';
import type { RevisionDraft } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import type { ObjectReader } from '../ports/object-reader.ts';
import type { Note } from '../synchronization/receive-change.ts';
import type { TreeWrites } from './tree-writes.ts';

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
  for (const gid of gids) {
    const draft = await ground.tree.current(gid);
    if (draft?.state !== 'present') continue;
    if (await isBelowItself(draft.version, ground)) await putBack(draft, ground);
    else if (!(await hasParent(draft.version, ground))) orphans.push(gid);
    await checkName(gid, ground);
  }
  return orphans;
}

/** At the end of a package: parents that were deleted here are revived; where there never was one, the object moves to the top of the collection. */
export async function settleOrphans(gids: readonly Gid[], ground: Ground): Promise<void> {
  for (const gid of gids) {
    const draft = await ground.tree.current(gid);
    if (draft?.state !== 'present' || (await hasParent(draft.version, ground))) continue;
    await settleOrphan(draft.version, ground, new Set([gid]));
  }
}

async function settleOrphan(version: Version, ground: Ground, seen: Set<Gid>): Promise<void> {
  const { parent } = version;
  const lost = await ground.tree.current(parent);
  if (lost === undefined || seen.has(parent)) {
    await ground.write({ ...version, parent: ground.root }, { main: ground.ownEdit(), others: [] });
    await checkName(version.gid, ground);
    return;
  }
  seen.add(parent);
  const older = await ground.reader.history(parent, { limit: 2 });
  const edits = older.find((revision) => revision.state === 'present')?.edits ?? lost.edits;
  await ground.write(lost.version, edits);
  if (lost.state === 'deleted') {
    ground.note(parent, {
      field: 'existence',
      base: 'present',
      publisher: { value: 'present', edit: edits.main },
      subscriber: { value: undefined, edit: lost.edits.main },
      state: 'open',
    });
  }
  if (!(await hasParent(lost.version, ground))) await settleOrphan(lost.version, ground, seen);
  await checkName(parent, ground);
}

async function hasParent(version: Version, { tree, root }: Ground): Promise<boolean> {
  if (version.parent === topGid || version.parent === root) return true;
  return (await tree.current(version.parent))?.state === 'present';
}

async function isBelowItself(version: Version, { tree }: Ground): Promise<boolean> {
  const seen = new Set<Gid>([version.gid]);
  let { parent } = version;
  while (parent !== topGid) {
    if (seen.has(parent)) return parent === version.gid;
    seen.add(parent);
    const above = await tree.current(parent);
    if (above === undefined) return false;
    parent = above.version.parent;
  }
  return false;
}

/** A move that would close a ring does not stand: the object goes back to where it was, and the wish is noted. */
async function putBack(draft: RevisionDraft, ground: Ground): Promise<void> {
  const { version, edits } = draft;
  const history = await ground.reader.history(version.gid, { limit: 20 });
  const before = history.find((revision) => revision.state === 'present' && revision.version.parent !== version.parent);
  const parent = before?.version.parent ?? ground.root;
  const main = before?.edits.main ?? ground.ownEdit();
  ground.note(version.gid, {
    field: 'parent',
    base: parent,
    publisher: { value: parent, edit: main },
    subscriber: { value: version.parent, edit: edits.main },
    state: 'open',
  });
  await ground.write({ ...version, parent }, { main, others: [] });
}

/** The object that was there first keeps its id; the one that comes in becomes `x-2`. */
async function checkName(gid: Gid, ground: Ground): Promise<void> {
  const draft = await ground.tree.current(gid);
  if (draft?.state !== 'present') return;
  const { version } = draft;
  if (!(await isTaken(version, version.id, ground))) return;
  let number = 2;
  while (await isTaken(version, `${version.id}-${String(number)}`, ground)) number += 1;
  await ground.write({ ...version, id: `${version.id}-${String(number)}` }, { main: ground.ownEdit(), others: [] });
}

async function isTaken(version: Version, id: string, { reader, tree, names }: Ground): Promise<boolean> {
  const stored = (await reader.named(version.parent, id)).map((other) => other.gid);
  for (const gid of [...stored, ...(names.get(nameKey(version.parent, id)) ?? [])]) {
    if (gid === version.gid) continue;
    const now = await tree.current(gid);
    if (now?.state === 'present' && now.version.parent === version.parent && now.version.id === id) return true;
  }
  return false;
}

/** A name within a parent, as a key. */
export function nameKey(parent: Gid, id: string): string {
  return `${parent}\n${id}`;
}

/** Whether something is still below an object, after all that the batch has done. */
export async function hasLiveChildren({ reader, tree }: Pick<Ground, 'reader' | 'tree'>, gid: Gid): Promise<boolean> {
  for (const child of await reader.children(gid, { limit: 200 })) {
    const now = await tree.current(child.gid);
    if (now?.state === 'present' && now.version.parent === gid) return true;
  }
  return false;
}
