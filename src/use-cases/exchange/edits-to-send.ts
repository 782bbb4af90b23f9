import type { Edits, Field, FieldEdit } from '../../objects/edit.ts';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import { editsOver } from '../../synchronization/fields.ts';
import { sharedVersion } from './held-by-peer.ts';
import type { Outlook } from './outlook.ts';

const historyLimit = 200;
const mostSeen = 50;

/** What the peer holds, and where it stands in the own log. */
interface HeldVersion {
  readonly version: Version | undefined;
  readonly revision: Revision | undefined;
}

/**
 * The edits that a change is told with: those that made what is here out of what the peer holds. `held` undefined: it is not certain that the peer's log has the base,
 * so that it must see all of the edits that the version is made of, and which ones were known here.
 */
export async function editsToSend(
  outlook: Pick<Outlook, 'store' | 'root' | 'keys' | 'shared'>,
  { revision, precededBy }: StoredChange,
  held: HeldVersion | undefined,
): Promise<Edits> {
  const { store, keys } = outlook;
  const { gid } = revision.version;
  if (revision.state !== 'present' && held !== undefined) return revision.edits;
  // Mostly the peer holds the revision just before this one, or there is none: the whole history is not read for that.
  if (precededBy === undefined || (held !== undefined && precededBy === held.revision?.seq)) return revision.edits;
  const older = await store.history(gid, { before: revision.seq, limit: historyLimit });
  if (revision.state !== 'present') return withSeen({ main: revision.edits.main, others: [] }, [revision, ...older]);
  // As the peer has them: an edit of what is not shown here any more is an edit all the same.
  const history = await Promise.all(
    [revision, ...older].map(async (one) => ({ ...one, version: await sharedVersion(outlook, one) })),
  );
  const edits = editsOver(held?.version, history, keys);
  return held !== undefined ? edits : withSeen(edits, [revision, ...older]);
}

/** Whoever sent the newest revision may have told what was seen, too: that goes on with it. */
function withSeen({ main, others }: Edits, history: readonly Revision[]): Edits {
  const told = new Set([main, ...others].map(({ id }) => id));
  return { main, others: [...others, ...seenIn(history).filter(({ id }) => !told.has(id))] };
}

function seenIn(history: readonly Revision[]): readonly FieldEdit[] {
  // A text that is no field: as with one that a peer made up, no value is about it.
  const field = 'seen' as Field;
  const edits = history.slice(0, mostSeen).flatMap((one) => [one.edits.main, ...one.edits.others]);
  const seen = new Map(edits.map(({ id, at, by }) => [id, { id, at, by, field }]));
  return [...seen.values()].slice(0, mostSeen);
}
