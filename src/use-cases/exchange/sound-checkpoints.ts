import type { Gid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import { presentVersion } from '../../objects/revision.ts';
import { isSameVersion } from '../../objects/version.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import type { Checkpoint } from '../../synchronization/checkpoint.ts';
import type { Exception, Held } from '../../synchronization/exception.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import { toCollection } from '../../synchronization/relative.ts';

const pageSize = 500;

/** Where the checkpoints are, and of which of the two logs: each side looks into its own. */
export interface CheckpointsOf {
  readonly store: SiteStore;
  readonly collection: CollectionNumber;
  readonly root: Gid;
  readonly checkpoints: readonly Checkpoint[];
  readonly seqAt: (checkpoint: Checkpoint) => number;
}

/**
 * The checkpoints that say what a peer has also without these exceptions, oldest first. While something was kept back, those that were agreed on say that the peer has it, but for the exception; it goes when
 * the peer has it, and who went back to one of them would never send it (engine.md §9, ADR 0044).
 */
export async function soundCheckpoints(
  { store, collection, root, checkpoints, seqAt }: CheckpointsOf,
  settled: readonly (readonly [Gid, Exception])[],
): Promise<readonly Checkpoint[]> {
  const lacked = settled.filter(([, exception]) => wasKeptBack(exception));
  let sound = checkpoints;
  for (let from = 0; from < lacked.length; from += pageSize) {
    const page = lacked.slice(from, from + pageSize);
    const gids = page.map(([gid]) => gid);
    for (let last = sound.at(-1); last !== undefined; last = sound.at(-1)) {
      const then = await store.changesAt(collection, gids, seqAt(last));
      if (page.every(([gid, { holds }]) => saysWhatIsHeld(holds, then.get(gid)?.revision, root))) break;
      sound = sound.slice(0, -1);
    }
  }
  return sound;
}

/**
 * What is remembered until the exchange has ended well of something that was kept back, where it has been sent, or the peer has what stands here now: the last checkpoint may say
 * otherwise.
 */
export function onItsWay(exception: Exception): Exception {
  if (exception.reason === 'received') return exception;
  return { reason: 'received', holds: exception.holds, received: { epoch: '', number: 0, outcome: 0 } };
}

/** What was received of a peer stands in a log of that: this was not. */
function wasKeptBack(exception: Exception): boolean {
  return exception.reason === 'received' && exception.received.epoch === '';
}

/** `then`: the object's newest revision up to the checkpoint; what came from the peer with that stands behind it. */
function saysWhatIsHeld(holds: Held, then: Revision | undefined, root: Gid): boolean {
  if (then === undefined) return true;
  const version = presentVersion(then);
  switch (holds.kind) {
    case 'nothing':
      return version === undefined;
    case 'revision':
      return then.seq <= holds.seq;
    case 'version':
      return isSameVersion(version && toCollection(version, root), holds.version);
    default:
      return holds satisfies never;
  }
}
