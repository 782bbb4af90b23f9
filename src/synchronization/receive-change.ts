import { isSameVersion } from '../objects/version.ts';
import type { Version } from '../objects/version.ts';
import { StatusCode } from '../syncml/status.ts';
import type { Conflict, Side } from './conflict.ts';
import { changedFields, editAbout, editThatSet, fieldValue } from './fields.ts';
import { areAllDeleted, isKnown, isMadeOver, isOverruled, newsOf, withoutKnownEdits } from './known-edits.ts';
import { codeOf, mergeInto, noteOf } from './merge-change.ts';
import { withReturned } from './overruled.ts';
import { judge } from './policy.ts';
import type { Arrival, Note, Received, Rules, Situation, Standing } from './standing.ts';

/** Takes in a version that a subscriber sends (engine.md §§4-6). */
export function receiveVersion(arrival: Arrival, standing: Standing, rules: Rules): Received {
  return withReturned(decide(arrival, standing, rules), arrival, { standing, rules });
}

function decide(arrival: Arrival, standing: Standing, rules: Rules): Received {
  const { present, last } = standing;
  const { version, edits } = arrival;
  if (present === undefined) {
    if (last !== undefined) return receiveForDeleted(arrival, { ...standing, last }, rules);
    return { write: { state: 'present', version }, edits, notes: [], code: StatusCode.ItemAdded, isExact: true };
  }
  if (isSameVersion(present, version))
    return { write: undefined, edits, notes: [], code: StatusCode.Ok, isExact: true };
  const refused = refuseUpdate(present, arrival, { standing, rules });
  if (refused !== undefined) return refused;
  const isStraight = standing.isBaseKnown && isSameVersion(present, standing.base);
  if (isStraight && standing.history.length === 0) {
    return { write: { state: 'present', version }, edits, notes: [], code: StatusCode.Ok, isExact: true };
  }
  return mergeInto(present, arrival, { standing, rules });
}

/** In a refresh the subscriber's state replaces what is here; what was here stays in the object's history (engine.md §6). */
export function receiveRefresh({ version, edits }: Arrival): Received {
  return { write: { state: 'present', version }, edits, notes: [], code: StatusCode.Ok, isExact: true };
}

/** The update policy: what it refuses goes to history, and the publisher's version goes back (engine.md §6). */
function refuseUpdate(
  present: Version,
  { version, edits }: Arrival,
  { standing, rules }: Situation,
): Received | undefined {
  if (rules.updatePolicy === 'ASK') return undefined;
  const publisher = { edit: standing.history[0]?.edits.main, value: present.documentDigest };
  const incoming = { edit: edits.main, value: version.documentDigest };
  const verdict = judge(rules.updatePolicy, {
    publisher,
    incoming,
    isSubscribersObject: standing.isSubscribersObject,
    now: rules.now,
  });
  if (verdict !== 'publisher') return undefined;
  const notes = changedFields(standing.base, version, rules.keys).map((change): Note => {
    const ours = {
      edit: editThatSet(standing.history, change.field, { keys: rules.keys }),
      value: fieldValue(present, change.field),
    };
    const theirs = { edit: editAbout(edits, change.field), value: change.after };
    return noteOf(
      { field: change.field, base: change.before, publisher: ours.value, incoming: theirs.value },
      { publisher: ours, incoming: theirs },
      'publisher',
    );
  });
  return { write: undefined, edits, notes, code: StatusCode.ConflictResolvedServerWins, isExact: false };
}

function receiveForDeleted(arrival: Arrival, standing: Standing & { readonly last: Version }, rules: Rules): Received {
  const { history, last } = standing;
  const base = standing.isBaseKnown ? standing.base : undefined;
  const incoming = withoutKnownEdits(arrival, { ...standing, base }, rules.keys);
  const isRestored = standing.knownDeletion !== undefined && !isKnown(arrival.edits, 'existence', history);
  const hasNews = isRestored || (!areAllDeleted(arrival.edits, history) && !isSameVersion(incoming, base ?? last));
  const [newest] = history;
  const deletion = newest?.edits.main ?? arrival.edits.main;
  const stays: Received = {
    write: undefined,
    edits: arrival.edits,
    notes: [],
    code: StatusCode.ConflictResolvedWithMerge,
    isExact: false,
  };
  if (!hasNews) return stays;
  // Whoever knew of the deletion has not overlooked it.
  const isOverruling = isOverruled(arrival.edits, deletion, 'existence');
  const isKnownToMaker =
    newest !== undefined &&
    ((isRestored && standing.knownDeletion === newest.seq) || isMadeOver(arrival.edits, newest));
  const isOnTop = isKnownToMaker && !isOverruling;
  const publisher: Side = { value: undefined, edit: deletion };
  const subscriber: Side = { value: 'present', edit: newsOf(arrival, history, rules.keys) };
  const verdict = judge(rules.conflictPolicy, {
    publisher,
    incoming: subscriber,
    isSubscribersObject: standing.isSubscribersObject,
    now: rules.now,
  });
  const isLeft = newest?.state === 'left';
  const isContested = !isLeft && !isOnTop;
  if (verdict === 'publisher' && isContested) {
    return {
      ...stays,
      notes: [{ field: 'existence', base: 'present', publisher, subscriber, state: 'settled' }],
      code: StatusCode.ConflictResolvedServerWins,
    };
  }
  const merged = mergeInto(
    last,
    { ...arrival, version: incoming },
    { standing: { ...standing, history: history.slice(1) }, rules },
  );
  // The edit stands; the note asks whether to delete after all, so the deletion is the value that does not stand.
  const note: Note = {
    field: 'existence',
    base: 'present',
    publisher: subscriber,
    subscriber: publisher,
    state: verdict === 'ask' ? 'open' : 'settled',
  };
  const version = merged.write?.version ?? last;
  const isExact = isSameVersion(version, arrival.version);
  const notes = isContested ? [...merged.notes, note] : merged.notes;
  return { write: { state: 'present', version }, edits: merged.edits, notes, code: codeOf(isExact, notes), isExact };
}

/** Whether the field of an open conflict has now the value that did not stand: then there is nothing left to ask. */
export function isSettledByEquality(conflict: Conflict, present: Version | undefined): boolean {
  if (conflict.field === 'existence') return (present === undefined) === (conflict.subscriber.value === undefined);
  return present !== undefined && fieldValue(present, conflict.field) === conflict.subscriber.value;
}
