import type { Edits, Field } from '../objects/edit.ts';
import { hasEdit, siteAuthor } from '../objects/edit.ts';
import { isNumberedId } from '../objects/numbered-id.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { StatusCode } from '../syncml/status.ts';
import type { Side } from './conflict.ts';
import type { FieldChange } from './fields.ts';
import { changedFields, editAbout } from './fields.ts';
import { isChosenOfTwo, isDecided, isIn, isSeenBy, latestOf, madeAgainSince, seenBy, unseenBy } from './known-edits.ts';
import { overruledStill } from './overruled.ts';
import { judge } from './policy.ts';
import type { Note, Received, Rules, Standing } from './standing.ts';

/** Takes in a deletion that a subscriber sends (engine.md §§5, 8). */
export function receiveDeletion(edits: Edits, standing: Standing, rules: Rules): Received {
  const { base, history } = standing;
  const gone: Received = { write: undefined, edits, notes: [], code: StatusCode.Ok, isExact: true };
  const present = standing.present ?? hereBefore(standing);
  if (present === undefined) return { ...gone, code: StatusCode.ItemNotDeleted };
  const stays: Received = { ...gone, code: StatusCode.ConflictResolvedServerWins, isExact: false };
  const known: Received = { ...stays, code: StatusCode.ConflictResolvedWithMerge };
  const isAgain = isIn(history, edits.main);
  if (isAgain && !isAskedAgain(edits, standing, rules)) return known;
  const isStrange = base === undefined || !standing.isBaseKnown;
  const changes = changedFields(isStrange ? undefined : base, present, rules.keys);
  const seen = seenBy(edits, isStrange ? undefined : base, standing);
  const isSeen = (field: Field): boolean => isSeenBy(seen, field, rules.keys) || isChosenOfTwo(field, standing);
  const touched = changes.filter((change) => !isNaming(change, history) && !isSeen(change.field));
  const unseen = isStrange ? unseenBy(edits, history, rules.keys) : undefined;
  const isTouched = isStrange ? unseen !== undefined : touched.length > 0;
  const deletion: Received = { ...gone, write: { state: 'deleted', version: present } };
  if (!isTouched && standing.child === undefined) return isAgain ? known : deletion;
  // Two deletions of one object are one, and what came over the first came over the second (ADR 0030).
  // What the deleter sent last, and has not heard the outcome of, need not stand in the history.
  const again = isTouched
    ? (madeAgainSince(isStrange ? undefined : base, history) ?? madeAgainSince(lastSeenBy(edits, history), history))
    : undefined;
  if (again !== undefined && !hasEdit(edits, again.id)) return known;
  const contradiction = isTouched ? (unseen ?? latestOf(touched, history, rules.keys)) : standing.child;
  const publisher: Side = { value: 'present', edit: contradiction ?? edits.main };
  const subscriber: Side = { value: undefined, edit: edits.main };
  // Whoever settled it by deleting has seen the edit that the note names, and no later one.
  const isSettling = standing.closing.some(
    (note) => note.field === 'existence' && note.publisher.edit.id === contradiction?.id,
  );
  const contest = {
    publisher,
    incoming: subscriber,
    isSubscribersObject: standing.isSubscribersObject,
    now: rules.now,
  };
  const verdict = isSettling ? 'incoming' : judge(rules.conflictPolicy, contest);
  if (verdict === 'incoming' && standing.child === undefined) {
    const note: Note = {
      field: 'existence',
      base: 'present',
      publisher: subscriber,
      subscriber: publisher,
      state: 'settled',
    };
    return { ...deletion, notes: isSettling ? [] : [note], code: StatusCode.ConflictResolvedClientWins };
  }
  const state = verdict === 'publisher' ? 'settled' : 'open';
  const isSecond = isTouched && isDecided(contradiction, 'existence', standing);
  const note: Note = {
    field: 'existence',
    base: 'present',
    publisher,
    subscriber,
    state,
    isSecond,
    isReturned: isAgain,
  };
  return { ...stays, notes: [note] };
}

/** That a site gave an object a free id is nobody's wish to keep it, unless somebody had renamed it before; what came of both in one change is no number behind the id that it had. */
function isNaming({ field, before }: FieldChange, history: Standing['history']): boolean {
  if (field !== 'id') return false;
  const since = history.findIndex(({ version }) => version.id === before);
  return since > 0 && history.slice(0, since).every((revision, index) => isNumbered(revision, history[index + 1]));
}

/** Whether a revision leaves the object its id, but for a number that the site has put behind it. */
function isNumbered({ version: { id }, edits }: Revision, before: Revision | undefined): boolean {
  const had = before?.version.id ?? id;
  return id === had || (editAbout(edits, 'id').by === siteAuthor && isNumberedId(id, had));
}

/** Whether a deletion that is known here has lost its question with who sends it: it does not stand because of an edit that its maker had not seen (ADR 0041). */
function isAskedAgain({ main }: Edits, { history }: Standing, { conflictPolicy, keys }: Rules): boolean {
  if (conflictPolicy !== 'ASK') return false;
  const overruled = history.flatMap((_, at) => overruledStill(history, at, keys));
  return overruled.some(({ id, field }) => id === main.id && field === 'existence');
}

/** The newest version here that the deleter has seen, where nobody knows which one was deleted. */
function lastSeenBy(edits: Edits, history: Standing['history']): Version | undefined {
  return history.find(({ state, edits: { main } }) => state === 'present' && hasEdit(edits, main.id))?.version;
}

/** What had left a hub, whose own source still has it: a leaf's deletion is passed on to there, unless another leaf's edit stands against it (engine.md §7). */
function hereBefore({ last, history }: Standing): Version | undefined {
  return history[0]?.state === 'left' ? last : undefined;
}
