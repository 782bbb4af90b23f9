import { RequestError } from '../../errors/concord-error.ts';
import { topGid } from '../../objects/gid.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { checkedId, formatPath } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { ensureFolders } from '../objects/ensure-folders.ts';
import type { LocalEdits } from '../objects/local-edits.ts';
import { pathOf, resolvePath } from '../objects/read-object.ts';
import type { SiteContext } from '../site-context.ts';

/** Where a subscription's folder is now, which somebody may have moved since; where it was when it is gone. */
export async function whereItStands(
  { store }: SiteContext,
  subscription: Subscription | undefined,
): Promise<string | undefined> {
  if (subscription === undefined) return undefined;
  const isThere = await folderOf({ store }, subscription);
  return isThere === undefined ? subscription.path : formatPath(await pathOf(store, subscription.root));
}

/**
 * The object below which a subscription's objects stand, at this path. A subscription that has objects already takes its whole folder there, so that all that both
 * sides know of them, and every edit that is not sent yet, stays as it is; hence there must be nothing at the new path.
 * @throws RequestError CON-R006 when there is; CON-R008 when the path is below the old one, or the objects stand at the top of the site
 */
export async function settleRoot(
  context: SiteContext,
  edits: LocalEdits,
  { before, path }: { readonly before: Subscription | undefined; readonly path: Path },
): Promise<Gid> {
  const { store } = context;
  const there = path.length === 0 ? topGid : (await resolvePath(store, path))?.gid;
  const folder = before === undefined || before.root === there ? undefined : await folderOf(context, before);
  if (before === undefined || folder === undefined || (await store.countChildren(before.root)) === 0)
    return there ?? (await ensureFolders(edits, path));
  refuseMove({ isTaken: there !== undefined, now: await pathOf(store, before.root), path });
  const parent = await ensureFolders(edits, path.slice(0, -1));
  if (folder !== 'site') await edits.write('present', { ...folder, parent, id: checkedId(path.at(-1) ?? '') });
  return before.root;
}

async function folderOf(
  { store }: Pick<SiteContext, 'store'>,
  { root }: Subscription,
): Promise<Version | 'site' | undefined> {
  if (root === topGid) return 'site';
  const revision = (await store.current([root])).get(root);
  return revision?.state === 'present' ? revision.version : undefined;
}

function refuseMove({
  isTaken,
  now,
  path,
}: {
  readonly isTaken: boolean;
  readonly now: Path;
  readonly path: Path;
}): void {
  const [from, to] = [formatPath(now), formatPath(path)];
  if (now.length === 0)
    throw new RequestError(
      'CON-R008',
      `The objects at the top of the site cannot go to ${to} by themselves: end the subscription, and subscribe to the publication at ${to}`,
    );
  if (now.every((id, at) => id === path[at]))
    throw new RequestError('CON-R008', `${from} cannot be moved below itself, to ${to}: name a path beside it`);
  if (isTaken)
    throw new RequestError(
      'CON-R006',
      `There is an object at ${to} already, and ${from} with all its objects would become ${to}: name a path that is free, or move that object away first`,
    );
}
