import type { Position } from '../../objects/position.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import { isAllowed } from '../../synchronization/publication.ts';
import type { Subscriber, SubscriberState } from '../../synchronization/subscriber.ts';
import { decodeConflict } from '../../synchronization/wire/conflict-note.ts';
import type { ReadSync } from '../../synchronization/wire/read-commands.ts';
import type { PublisherStep } from './publisher-step.ts';

/** Which of this site's epochs a subscriber's copies of conflicts are of; undefined: nobody knows. */
export function epochOfCopies({ checkpoints, notesEpoch }: SubscriberState): string | undefined {
  return notesEpoch ?? checkpoints.at(-1)?.publisher.epoch;
}

/** Whether a subscriber may know of conflicts that this site has lost. Who has agreed on something with this epoch was told its conflicts by it, and has none to give back. */
export function mayHaveMore({ state }: Subscriber, { epoch }: Position): boolean {
  return epochOfCopies(state) !== epoch;
}

/** What is remembered of that when all has come that it sends in a session with this epoch: who may not push keeps what it has to give back until it may. */
export function notesAfter(
  { publication, subscriber }: PublisherStep,
  epoch: string,
): Pick<SubscriberState, 'notesEpoch'> {
  const { state, account } = subscriber;
  const notesEpoch = isAllowed(publication.mayPush, account) ? epoch : epochOfCopies(state);
  const isSaid = notesEpoch === epoch && state.checkpoints.at(-1)?.publisher.epoch === epoch;
  return { notesEpoch: isSaid ? undefined : notesEpoch };
}

/**
 * The conflicts that a subscriber gives back after this site was restored: those that are not here any more, of objects of the publication, as they stood in
 * the subscriber's copy (engine.md §9). In a session with whom nothing was lost none are taken: whoever may push could make them up.
 * @throws ProtocolError CON-S001 when one cannot be read
 */
export async function notesTakenBack(
  { context, publication, subscriber }: PublisherStep,
  sync: ReadSync,
): Promise<readonly Conflict[]> {
  const notes = sync.commands.flatMap((command) => command.notes);
  if (notes.length === 0 || !isAllowed(publication.mayPush, subscriber.account)) return [];
  const { store } = context;
  const head = await store.head();
  if (!mayHaveMore(subscriber, head)) return [];
  const copies = notes.map((note) => decodeConflict(note, subscriber.peer));
  const gids = copies.map(({ gid }) => gid);
  const [members, known] = [await store.changesAt(publication.collection, gids, head.seq), await store.current(gids)];
  const lost: Conflict[] = [];
  for (const copy of copies) {
    // What is not here at all comes back, too.
    const isElsewhere = known.has(copy.gid) && !members.has(copy.gid);
    if (isElsewhere || (await store.conflict(copy.id)) !== undefined) continue;
    lost.push({ ...copy, role: 'publisher' });
  }
  return lost;
}
