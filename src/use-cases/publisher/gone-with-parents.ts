import type { Gid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import { historyLimit } from '../../objects/revision.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Exception } from '../../synchronization/exception.ts';
import { heldBefore, heldByPeer, memberVersion } from '../exchange/held-by-peer.ts';
import type { Outlook } from '../exchange/outlook.ts';

const pageSize = 200;

/** An object, and what is to be remembered of it. */
interface Along {
  readonly gid: Gid;
  readonly exception: Exception;
}

/**
 * What has not changed since the last checkpoint, and yet comes to the subscriber or goes from it, because something above it has come into the query or left it
 * (ADR 0025): remembered as exceptions, so that it is sent like all else. Those that are remembered already are not in the answer. Cost follows what changed and what goes along.
 */
export async function goneWithParents(outlook: Outlook): Promise<readonly Along[]> {
  const { store, collection, heldAt, upTo, leftOutAbove } = outlook;
  if (leftOutAbove === undefined || heldAt === 0) return [];
  const found: Along[] = [];
  for (let after = heldAt; ;) {
    const page = await store.changes({ collection, after, upTo }, 'present', pageSize);
    const older = page.filter(({ precededBy }) => precededBy !== undefined);
    const before = await heldBefore(
      outlook,
      older.map(({ gid }) => gid),
    );
    for (const change of older)
      if (await hasTurned(outlook, change, before.get(change.gid)))
        found.push(...(await allBelow(outlook, change.gid)));
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return found;
    after = last.revision.seq;
  }
}

/** Whether it is published now and was not, or the other way round; or was in between, when the subscriber may have been told so in vain. */
async function hasTurned(outlook: Outlook, change: StoredChange, before: StoredChange | undefined): Promise<boolean> {
  if (before === undefined) return false;
  const { heldAt, upTo, inFlightUpTo } = outlook;
  const was = (await memberVersion(outlook, before, heldAt)) !== undefined;
  const is = (await memberVersion(outlook, change, upTo)) !== undefined;
  if (was !== is) return true;
  return inFlightUpTo > heldAt && (await hasMoved(outlook, change.revision));
}

async function hasMoved({ store, heldAt, isMember }: Outlook, now: Revision): Promise<boolean> {
  const { gid, parent } = now.version;
  const is = isMember(now.version);
  const history = await store.history(gid, { before: now.seq, limit: historyLimit });
  return history.some(
    ({ seq, state, version }) =>
      seq > heldAt && (state !== 'present' || version.parent !== parent || isMember(version) !== is),
  );
}

/** What stands below an object, has not changed itself, and is published where what is above it is. */
async function allBelow(outlook: Outlook, gid: Gid): Promise<readonly Along[]> {
  const found: Along[] = [];
  const folders = [gid];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for await (const { change, known } of childrenOf(outlook, folder)) {
      folders.push(change.gid);
      const exception = await remembered(outlook, change, known);
      if (exception !== undefined) found.push({ gid: change.gid, exception });
    }
  return found;
}

interface Child {
  readonly change: StoredChange;
  readonly known: Exception | undefined;
}

async function* childrenOf(outlook: Outlook, folder: Gid): AsyncGenerator<Child> {
  const { store, collection, peer, heldAt, upTo, isMember } = outlook;
  for (let after = ''; ;) {
    const page = await store.children(folder, { after, limit: pageSize });
    const gids = page.filter(isMember).map(({ gid }) => gid);
    const changes = gids.length === 0 ? new Map<Gid, StoredChange>() : await store.changesAt(collection, gids, upTo);
    const known = gids.length === 0 ? new Map<Gid, Exception>() : await store.exceptions(peer, { gids });
    // What has changed itself is looked at anyway, with all below it.
    for (const change of changes.values())
      if (change.isMember && change.revision.seq <= heldAt) yield { change, known: known.get(change.gid) };
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.id;
  }
}

async function remembered(
  outlook: Outlook,
  change: StoredChange,
  known: Exception | undefined,
): Promise<Exception | undefined> {
  // What was refused is not sent again before it changes; but it goes with what is above it.
  if (known?.reason === 'refused') return { reason: 'with-parent', holds: known.holds };
  if (known !== undefined) return undefined;
  const { holds } = await heldByPeer(outlook, change, { exception: undefined, before: change, isInFlight: false });
  return { reason: 'with-parent', holds };
}
