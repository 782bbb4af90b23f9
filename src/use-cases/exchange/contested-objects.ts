import type { Gid } from '../../objects/gid.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';

/** The objects that have an open conflict, when those are so few that it is quicker to read all of them than to ask for each of `objects`; else undefined. */
export async function contestedObjects(store: PeerReader, objects: number): Promise<ReadonlySet<Gid> | undefined> {
  if ((await store.countConflicts({ state: 'open' })) > objects) return undefined;
  return new Set((await store.conflicts({ state: 'open' })).map(({ gid }) => gid));
}
