import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Origin, Revision, RevisionDraft } from '../../objects/revision.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { Write } from '../../ports/site-store.ts';
import type { Outlook } from './outlook.ts';
import { differences } from './differences.ts';
import { memberVersion } from './held-by-peer.ts';
import { TreeWrites } from '../objects/tree-writes.ts';

/**
 * A refresh makes one side like the other: what only the refreshed side has goes (engine.md §6). These are such objects at the publisher: everything that the
 * subscriber did not name or send in this sync. What came here after `orderedAt`, when the refresh had begun, is not meant by it, and stays; and so does all that
 * something else stands below which does not go.
 */
export async function unknownToPeer(outlook: Outlook, orderedAt: number): Promise<readonly Gid[]> {
  const gids: Gid[] = [];
  for await (const finding of differences(outlook, { stage: 'start' })) {
    const isOnlyHere =
      finding.kind === 'difference' && finding.difference.state === 'present' && finding.difference.held === undefined;
    if (isOnlyHere) gids.push(finding.difference.gid);
  }
  const late = new Set(await cameAfter(outlook, gids, orderedAt));
  const current = await outlook.store.current(gids.filter((gid) => !late.has(gid)));
  const staying = await stayingAbove(outlook.store, [...current.values()]);
  return gids.filter((gid) => current.has(gid) && !staying.has(gid));
}

/** Those that were not there yet at a position of the log. */
async function cameAfter(outlook: Outlook, gids: readonly Gid[], seq: number): Promise<readonly Gid[]> {
  if (gids.length === 0 || seq >= outlook.upTo) return [];
  const then = await outlook.store.changesAt(outlook.collection, gids, seq);
  const late: Gid[] = [];
  for (const gid of gids) {
    const change = then.get(gid);
    if (change === undefined || (await memberVersion(outlook, change, seq)) === undefined) late.push(gid);
  }
  return late;
}

/** Those of objects that are to go which stay all the same, because something else stands below them. */
export async function stayingAbove(reader: ObjectReader, going: readonly Revision[]): Promise<ReadonlySet<Gid>> {
  const goingBelow = new Map<Gid, number>();
  for (const { version } of going) goingBelow.set(version.parent, (goingBelow.get(version.parent) ?? 0) + 1);
  const others: Gid[] = [];
  for (const { version } of going) {
    if ((await reader.countChildren(version.gid)) > (goingBelow.get(version.gid) ?? 0)) others.push(version.gid);
  }
  const above = await withAllAbove(reader, others);
  return new Set(going.map(({ version }) => version.gid).filter((gid) => above.has(gid)));
}

async function withAllAbove(reader: ObjectReader, gids: readonly Gid[]): Promise<ReadonlySet<Gid>> {
  const found = new Set<Gid>();
  for (let level = gids; level.length > 0;) {
    for (const gid of level) found.add(gid);
    const parents = [...(await reader.current(level)).values()].map(({ version }) => version.parent);
    level = [...new Set(parents)].filter((parent) => !found.has(parent));
  }
  return found;
}

/** Who deletes, when, and where it comes from. */
export interface Deletion {
  readonly head: Position;
  readonly at: number;
  readonly by: string;
  /** Undefined: the site's own deletion. */
  readonly origin: Origin | undefined;
}

/** The writes that delete these objects, children before their parents. */
export async function deletionsOf(
  reader: ObjectReader,
  gids: readonly Gid[],
  { head, at, by, origin }: Deletion,
): Promise<readonly Write[]> {
  const tree = new TreeWrites(reader);
  await tree.preload(gids);
  const drafts: { readonly draft: RevisionDraft; readonly depth: number }[] = [];
  for (const gid of gids) {
    const draft = await tree.current(gid);
    if (draft?.state === 'present') drafts.push({ draft, depth: await depthOf(tree, draft) });
  }
  drafts.sort((a, b) => b.depth - a.depth);
  for (const { draft } of drafts) {
    const main = { id: `${head.epoch}:${String(head.seq + tree.writes.length + 1)}`, at, by };
    await tree.add({
      ...draft,
      state: 'deleted',
      edits: { main, others: [] },
      receivedAt: at,
      origin,
      ...(origin === undefined && { shadow: undefined }),
    });
  }
  return tree.writes;
}

async function depthOf(tree: TreeWrites, draft: RevisionDraft): Promise<number> {
  const seen = new Set<Gid>();
  for (let { parent } = draft.version; ;) {
    const above = seen.has(parent) ? undefined : await tree.current(parent);
    if (above === undefined) return seen.size;
    seen.add(parent);
    ({ parent } = above.version);
  }
}
