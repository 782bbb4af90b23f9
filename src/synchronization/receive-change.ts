import type { Edit, Edits, Field } from '../objects/edit.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { isSameVersion } from '../objects/version.ts';
import { StatusCode } from '../syncml/status.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import type { Conflict, Side } from './conflict.ts';
import { changedFields, editAbout, editThatSet, fieldValue, withField } from './fields.ts';
import type { Decided } from './known-edits.ts';
import { areAllDeleted, isDecided, isIn, isKnown, newsOf, orderOf, seenBy, withoutKnownEdits } from './known-edits.ts';
import type { FieldClash } from './merge-versions.ts';
import { mergeVersions } from './merge-versions.ts';
import { markNotStanding } from './not-standing.ts';
import type { Verdict } from './policy.ts';
import { judge } from './policy.ts';
import type { Policy } from './publication.ts';

/** What the publisher has of an object when a subscriber's change of it arrives. Versions are those of the collection. */
export interface Standing {
  /** In the collection now. */
  readonly present: Version | undefined;
  /** The last version that was there, when the object is gone. */
  readonly last: Version | undefined;
  /** What the change starts from: the version it names, or the one received before it whose outcome the subscriber has not seen. */
  readonly base: Version | undefined;
  /** False when the version that the change names is in no log here: then nothing can be said of who changed what. */
  readonly isBaseKnown: boolean;
  /** The sequence number of the deletion that the sender knew when it put the object again. */
  readonly knownDeletion: number | undefined;
  /** Newest first; empty when `present` is the base and the update policy is ASK, for then nobody asks. */
  readonly history: readonly Revision[];
  /** The edit that keeps something below it that the sender did not delete. */
  readonly child: Edit | undefined;
  /** Conflicts that the change settles. */
  readonly closing: readonly Conflict[];
  /** Of conflicts that it would settle and that were settled here before. */
  readonly decided: readonly Decided[];
  readonly isSubscribersObject: boolean;
  /** Up to where the maker of the change had this site's log, where that is known apart from the base (ADR 0038). */
  readonly seenUpTo?: number | undefined;
}

/** By what the publisher decides. */
export interface Rules {
  readonly conflictPolicy: Policy;
  readonly updatePolicy: Policy;
  readonly keys: KeyRules | undefined;
  readonly limits?: XmlLimits | undefined;
  readonly now: number;
}

/** A conflict as it is found, before it gets an id. */
export interface Note {
  readonly field: Field;
  readonly base: string | undefined;
  readonly publisher: Side;
  readonly subscriber: Side;
  readonly state: 'open' | 'settled';
  /** It came second: what was decided here first stands. */
  readonly isSecond?: boolean;
}

/** What the publisher makes of a change: what is written, what is noted, and how the sender is answered. */
export interface Received {
  readonly write: { readonly state: 'present' | 'deleted'; readonly version: Version } | undefined;
  readonly edits: Edits;
  readonly notes: readonly Note[];
  readonly code: StatusCode;
  /** The outcome is exactly what the subscriber has, so nothing goes back. */
  readonly isExact: boolean;
  /** The outcome is all that this site can store of what the subscriber has. */
  readonly isEquivalent?: boolean;
}

/** A version that arrives, with the edits that made it out of its base. */
export interface Arrival {
  readonly version: Version;
  readonly edits: Edits;
}

/** Takes in a version that a subscriber sends (engine.md §§4-6). */
export function receiveVersion(arrival: Arrival, standing: Standing, rules: Rules): Received {
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

interface Situation {
  readonly standing: Standing;
  readonly rules: Rules;
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

function mergeInto(present: Version, arrival: Arrival, { standing, rules }: Situation): Received {
  const base = standing.isBaseKnown ? standing.base : undefined;
  const incoming = withoutKnownEdits(arrival, { ...standing, base }, rules.keys);
  const merged = mergeVersions({ base, publisher: present, incoming, keys: rules.keys, limits: rules.limits });
  const seen = seenBy(arrival.edits, base, standing);
  let result = merged.version;
  const notes: Note[] = [];
  const lost = new Set<Field>();
  for (const clash of merged.clashes) {
    const contest = contestOf(clash, arrival.edits, { standing, rules });
    // By the edit of what is within it, too: an element that was taken away here may have got another text there.
    if (isIn(standing.history, contest.incoming.edit)) continue;
    const sides = [contest.publisher.edit, contest.incoming.edit] as const;
    const order = orderOf(seen, ...sides);
    if (order === 'publisher') continue;
    const isLater = order === 'incoming';
    const isSettling =
      isLater ||
      standing.closing.some((note) => note.field === clash.field && note.publisher.value === clash.publisher);
    const verdict = isSettling
      ? 'incoming'
      : judge(rules.conflictPolicy, { ...contest, isSubscribersObject: standing.isSubscribersObject, now: rules.now });
    if (verdict === 'incoming' && clash.field !== 'existence') result = withField(result, clash.field, clash.incoming);
    if (verdict !== 'incoming') lost.add(clash.field);
    const isSecond = isDecided(contest.publisher.edit, clash.field, standing);
    if (!isSettling) notes.push({ ...noteOf(clash, contest, verdict), isSecond });
  }
  const isExact = isSameVersion(result, arrival.version);
  const write = isSameVersion(result, present) ? undefined : ({ state: 'present', version: result } as const);
  const edits =
    lost.size === 0 ? arrival.edits : markNotStanding(arrival.edits, lostIn(lost, arrival, { base, keys: rules.keys }));
  return { write, edits, notes, code: codeOf(isExact, notes), isExact };
}

/** The edits all of whose values did not stand. */
function lostIn(
  lost: ReadonlySet<Field>,
  { version, edits }: Arrival,
  { base, keys }: { readonly base: Version | undefined; readonly keys: KeyRules | undefined },
): ReadonlySet<string> {
  const ids = (fields: readonly Field[]): readonly string[] => fields.map((field) => editAbout(edits, field).id);
  const changed = changedFields(base, version, keys).map(({ field }) => field);
  const standing = new Set(ids(changed.filter((field) => !lost.has(field))));
  return new Set(ids([...lost]).filter((id) => !standing.has(id)));
}

function receiveForDeleted(arrival: Arrival, standing: Standing & { readonly last: Version }, rules: Rules): Received {
  const { history, last } = standing;
  const base = standing.isBaseKnown ? standing.base : undefined;
  const incoming = withoutKnownEdits(arrival, { ...standing, base }, rules.keys);
  const isRestored = standing.knownDeletion !== undefined && !isKnown(arrival.edits, 'existence', history);
  const hasNews = isRestored || (!areAllDeleted(arrival.edits, history) && !isSameVersion(incoming, base ?? last));
  const deletion = history[0]?.edits.main ?? arrival.edits.main;
  const stays: Received = {
    write: undefined,
    edits: arrival.edits,
    notes: [],
    code: StatusCode.ConflictResolvedWithMerge,
    isExact: false,
  };
  if (!hasNews) return stays;
  // Whoever knew of the deletion has not overlooked it.
  const isOnTop = isRestored && standing.knownDeletion === history[0]?.seq;
  const publisher: Side = { value: undefined, edit: deletion };
  const subscriber: Side = { value: 'present', edit: newsOf(arrival.edits, history) };
  const verdict = judge(rules.conflictPolicy, {
    publisher,
    incoming: subscriber,
    isSubscribersObject: standing.isSubscribersObject,
    now: rules.now,
  });
  const isLeft = history[0]?.state === 'left';
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
  return { write: { state: 'present', version }, edits: arrival.edits, notes, code: codeOf(isExact, notes), isExact };
}

interface Sides {
  readonly publisher: { readonly edit: Edit | undefined; readonly value: string | undefined };
  readonly incoming: { readonly edit: Edit; readonly value: string | undefined };
}

function contestOf(clash: FieldClash, edits: Edits, { standing, rules }: Situation): Sides {
  const text = clash.base ?? clash.publisher ?? clash.incoming;
  return {
    publisher: { edit: editThatSet(standing.history, clash.field, { text, keys: rules.keys }), value: clash.publisher },
    incoming: { edit: editAbout(edits, clash.field, text), value: clash.incoming },
  };
}

function noteOf(clash: FieldClash, { publisher, incoming }: Sides, verdict: Verdict): Note {
  const ours: Side = { value: publisher.value, edit: publisher.edit ?? { id: '', at: 0, by: '' } };
  const theirs: Side = { value: incoming.value, edit: incoming.edit };
  const isTheirs = verdict === 'incoming';
  return {
    field: clash.field,
    base: clash.base,
    publisher: isTheirs ? theirs : ours,
    subscriber: isTheirs ? ours : theirs,
    state: verdict === 'ask' ? 'open' : 'settled',
  };
}

/** How a change is answered of which that came. */
export function codeOf(isExact: boolean, notes: readonly Note[]): StatusCode {
  if (isExact) return notes.length === 0 ? StatusCode.Ok : StatusCode.ConflictResolvedClientWins;
  return notes.length === 0 ? StatusCode.ConflictResolvedWithMerge : StatusCode.ConflictResolvedServerWins;
}

/** Whether the field of an open conflict has now the value that did not stand: then there is nothing left to ask. */
export function isSettledByEquality(conflict: Conflict, present: Version | undefined): boolean {
  if (conflict.field === 'existence') return (present === undefined) === (conflict.subscriber.value === undefined);
  return present !== undefined && fieldValue(present, conflict.field) === conflict.subscriber.value;
}
