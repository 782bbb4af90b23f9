import type { Edit, Edits, Field, FieldEdit } from '../objects/edit.ts';
import { withOverruled } from '../objects/edit.ts';
import type { Version } from '../objects/version.ts';
import { isSameVersion } from '../objects/version.ts';
import { StatusCode } from '../syncml/status.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import type { Side } from './conflict.ts';
import type { FieldValue } from './fields.ts';
import { changedFields, concern, editAbout, editThatSet, withFields } from './fields.ts';
import { isDecided, isIn, orderOf, seenBy, withoutKnownEdits } from './known-edits.ts';
import type { FieldClash } from './merge-versions.ts';
import { mergeVersions } from './merge-versions.ts';
import { markNotStanding } from './not-standing.ts';
import { overwrittenUnseen } from './overruled.ts';
import { isSetOnSame } from './passed-values.ts';
import type { Verdict } from './policy.ts';
import { judge } from './policy.ts';
import type { Arrival, Note, Received, Situation } from './standing.ts';

/** A change on top of what is here since its base: different things combine, and of what clashes one value stands and the other is noted (engine.md §5). */
export function mergeInto(present: Version, arrival: Arrival, { standing, rules }: Situation): Received {
  const base = standing.isBaseKnown ? standing.base : undefined;
  const incoming = withoutKnownEdits(arrival, { ...standing, base }, rules.keys);
  const merged = mergeVersions({ base, publisher: present, incoming, keys: rules.keys, limits: rules.limits });
  const seen = seenBy(arrival.edits, base, standing);
  const notes: Note[] = [];
  const lost = new Set<Field>();
  const overwritten = overwrittenUnseen(
    present,
    { version: merged.version, edits: arrival.edits },
    { standing, rules },
  );
  const kept = overwritten.map(({ field, publisher }) => ({ field, value: publisher }));
  const taken: FieldValue[] = [];
  const clashes = [...merged.clashes, ...overwritten];
  const clashing = { arrival, clashes, base, history: standing.history };
  for (const clash of clashes) {
    const contest = contestOf(clash, arrival.edits, { standing, rules });
    // By the edit of what is within it, too: an element that was taken away here may have got another text there.
    if (isIn(standing.history, contest.incoming.edit)) continue;
    const sides = { ours: contest.publisher.edit, theirs: contest.incoming.edit };
    const order = orderOf(seen, clash.field, sides);
    if (order === 'publisher') continue;
    const isLater = order === 'incoming' || isSetOnSame(clash, clashing);
    const isSettling =
      isLater ||
      standing.closing.some((note) => note.field === clash.field && note.publisher.value === clash.publisher);
    const verdict = isSettling
      ? 'incoming'
      : judge(rules.conflictPolicy, { ...contest, isSubscribersObject: standing.isSubscribersObject, now: rules.now });
    const { field } = clash;
    if (verdict !== 'incoming') lost.add(field);
    else if (field !== 'existence') taken.push({ field, value: clash.incoming });
    const isSecond = isDecided(contest.publisher.edit, clash.field, standing);
    if (!isSettling) notes.push({ ...noteOf(clash, contest, verdict), isSecond });
  }
  const result = withFields(withFields(merged.version, kept), taken);
  const isExact = isSameVersion(result, arrival.version);
  const write = isSameVersion(result, present) ? undefined : ({ state: 'present', version: result } as const);
  return {
    write,
    edits: editsOfMerged(lost, arrival, { base, keys: rules.keys }),
    notes,
    code: codeOf(isExact, notes),
    isExact,
  };
}

interface OfChange {
  readonly base: Version | undefined;
  readonly keys: KeyRules | undefined;
}

/** The edits of what was merged: what they say of the fields that were lost holds no more. */
function editsOfMerged(lost: ReadonlySet<Field>, arrival: Arrival, change: OfChange): Edits {
  if (lost.size === 0) return arrival.edits;
  const stands = ({ field }: FieldEdit): boolean => ![...lost].some((one) => concern(one, field));
  const marked = markNotStanding(arrival.edits, lostIn(lost, arrival, change));
  return withOverruled(marked, (arrival.edits.overruled ?? []).filter(stands));
}

/** The edits all of whose values did not stand. */
function lostIn(lost: ReadonlySet<Field>, { version, edits }: Arrival, { base, keys }: OfChange): ReadonlySet<string> {
  const ids = (fields: readonly Field[]): readonly string[] => fields.map((field) => editAbout(edits, field).id);
  const changed = changedFields(base, version, keys).map(({ field }) => field);
  const isLost = (field: Field): boolean => [...lost].some((one) => concern(one, field));
  const standing = new Set(ids(changed.filter((field) => !isLost(field))));
  return new Set(ids([...lost]).filter((id) => !standing.has(id)));
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

/** The note of a clash that was decided so. */
export function noteOf(clash: FieldClash, { publisher, incoming }: Sides, verdict: Verdict): Note {
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
