import type { Edit, Edits, Field } from '../objects/edit.ts';
import { hasEdit, knowsEdit, onlySeen, sameAsMain } from '../objects/edit.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { isSameVersion } from '../objects/version.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import { XUpdateError } from '../xupdate/xupdate-error.ts';
import type { FieldChange } from './fields.ts';
import { changedFields, concern, editAbout, editsOver, editThatSet, fieldValue, withField } from './fields.ts';

/** What is here of an object: its revisions, newest first, and the version that a change starts from, where it is known. */
export interface Known {
  readonly base: Version | undefined;
  readonly history: readonly Revision[];
  /** Of conflicts that the change would settle and that were settled here before. */
  readonly decided: readonly Decided[];
}

/** The latest edit of what comes back that the history of the deleted object does not know yet; if there is one, one that set what stood otherwise there. */
export function newsOf(
  { version, edits }: Pick<Revision, 'version' | 'edits'>,
  history: readonly Revision[],
  keys: KeyRules | undefined,
): Edit {
  const { main, others } = edits;
  const changes = changedFields(history[0]?.version, version, keys);
  const about = [...changes.map(({ field }) => editAbout(edits, field)), editAbout(edits, 'existence')];
  const isNew = (edit: Edit): boolean => !isIn(history, edit);
  const [told, all] = [[main, ...about].filter(isNew), [main, ...others].filter(isNew)];
  const news = told.length > 0 ? told : all;
  const { id, at, by } = news.reduce((latest, edit) => (edit.at > latest.at ? edit : latest), news[0] ?? main);
  return { id, at, by };
}

/** Of two logs that have no version in common: the latest edit of what is here that is not in the deleter's, nor an earlier one of the log in which it was deleted. */
export function unseenBy(deletion: Edits, history: readonly Revision[], keys: KeyRules | undefined): Edit | undefined {
  const [newest] = history;
  if (newest === undefined) return deletion.main;
  const { main, others } = editsOver(undefined, history, keys);
  const unseen = [main, ...others].filter(
    (edit) =>
      !isFollowedBy(edit, deletion.main) &&
      (!tells(deletion, edit, history) || isOverruled(deletion, edit, 'existence')),
  );
  return unseen.reduce<Edit | undefined>((latest, edit) => (edit.at >= (latest?.at ?? 0) ? edit : latest), undefined);
}

/** The latest of the edits that set these fields: what its deleter had not seen. */
export function latestOf(
  changes: readonly FieldChange[],
  history: readonly Revision[],
  keys: KeyRules | undefined,
): Edit | undefined {
  const edits = changes.flatMap((change) => editThatSet(history, change.field, { keys }) ?? []);
  return edits.reduce<Edit | undefined>((latest, edit) => (edit.at > (latest?.at ?? 0) ? edit : latest), undefined);
}

/**
 * An edit that is in the object's history already is no change, whatever has become of it since (engine.md §4, rule 1); nor is one that settles a conflict as it was settled
 * here before (ADR 0030).
 */
export function withoutKnownEdits(
  arrival: { readonly version: Version; readonly edits: Edits },
  known: Known,
  keys: KeyRules | undefined,
): Version {
  const { base, history, decided } = known;
  const isAnyKnown = [arrival.edits.main, ...arrival.edits.others].some((edit) => isIn(history, edit));
  if ((!isAnyKnown && decided.length === 0) || base === undefined) return arrival.version;
  const isNone = (field: Field, after: string | undefined): boolean =>
    isKnown(arrival.edits, field, history) || isDecidedAlike(field, after, known);
  const changes = changedFields(base, arrival.version, keys);
  const old = changes.filter(({ field, after }) => isNone(field, after));
  return old.length === changes.length ? base : old.reduceRight(withoutChange, arrival.version);
}

/** What cannot be put back, as at a place that counts siblings which are not in what arrives, is merged like news. */
function withoutChange(version: Version, { field, before }: FieldChange): Version {
  if (field === 'existence') return version;
  try {
    return withField(version, field, before);
  } catch (error) {
    if (error instanceof XUpdateError) return version;
    throw error;
  }
}

/** Whether the edit that set this field is in the object's history. */
export function isKnown(edits: Edits, field: Field, history: readonly Revision[]): boolean {
  return isIn(history, editAbout(edits, field));
}

/**
 * Whether an edit is in the object's history, or came before a version of its log that is: whoever sent that had sent the edit, too, or had come over it (ADR 0024). By the edits of a
 * later version that came another way it is not known (ADR 0032).
 */
export function isIn(history: readonly Revision[], edit: Edit): boolean {
  const made = logPlaceOf(edit);
  const isAfter = ({ origin }: Revision): boolean => origin?.epoch === made.epoch && origin.number >= made.seq;
  return history.some((revision) => knowsEdit(revision.edits, edit.id) || isAfter(revision));
}

/** Whether a deletion came over all edits that a version is made of: they are in the object's history, or whoever made them deleted it later (ADR 0024). Of what was only seen nothing is in the version. */
export function areAllDeleted({ main, others }: Edits, history: readonly Revision[]): boolean {
  const [newest] = history;
  const deletion = newest?.state === 'deleted' ? newest.edits.main : undefined;
  return [main, ...others.filter(({ field }) => field !== onlySeen)].every(
    (edit) => isIn(history, edit) || (deletion !== undefined && isFollowedBy(edit, deletion)),
  );
}

/** By what it is told whether the maker of a change had seen an edit. */
export interface Seen {
  /** The edits that the change tells. */
  readonly edits: Edits;
  /** The object's history, newest first. */
  readonly history: readonly Revision[];
  /** What of it the maker had. */
  readonly had: readonly Revision[];
  /** The change was made where the object was two: who edited the one need not have seen the other. */
  readonly isApart?: boolean | undefined;
}

/**
 * What the maker of a change had seen, which starts from this version, where that is known here. `seenUpTo`: up to where its maker had this site's log, where that is known apart from the
 * version (ADR 0038).
 */
export function seenBy(
  edits: Edits,
  base: Version | undefined,
  { history, seenUpTo = 0, isApart }: { readonly seenUpTo?: number | undefined } & Pick<Seen, 'history' | 'isApart'>,
): Seen {
  // By what an object left this site says nothing of what that edit set: it was not told (engine.md §7).
  const had = [...upToBase(base, history), ...history.filter(({ seq }) => seq <= seenUpTo)];
  return { edits, history, had: had.filter(({ state }) => state !== 'left'), isApart };
}

/** What stands in an object's history up to the version that a change starts from: whoever has that knows of all of it, or of what came over it. */
function upToBase(base: Version | undefined, history: readonly Revision[]): readonly Revision[] {
  // The oldest of equal ones: the maker of the change may know no more.
  const at = history.findLastIndex(({ state, version }) => state === 'present' && isSameVersion(version, base));
  return at < 0 ? [] : history.slice(at);
}

/**
 * The edit that made an object again, after it had been deleted since it was `base`. Only where somebody makes it is certain that the deletion was known: so it is where that was at this site, or
 * where both came from one log, or is told with what arrived. All else that arrives, and what is there again for the sake of what is below it, may contradict the deletion.
 */
export function madeAgainSince(base: Version | undefined, history: readonly Revision[]): Edit | undefined {
  const had = upToBase(base, history);
  const again = had.length === 0 ? undefined : madeAgain(history, history.length - had.length);
  return again !== undefined && had.some(({ edits }) => hasEdit(edits, again.id)) ? undefined : again;
}

/** The edit that made an object again in the newest of its revisions, as many as these. */
export function madeAgain(history: readonly Revision[], newest = history.length): Edit | undefined {
  for (const [index, revision] of history.slice(0, newest).entries()) {
    if (revision.state !== 'present') continue;
    const { main, others } = revision.edits;
    const before = history[index + 1];
    const isDeletionKnown =
      isMadeHere(revision, main) || (before !== undefined && isFollowedBy(before.edits.main, main));
    if (before?.state === 'deleted' && isDeletionKnown) return main;
    const told = others.find(({ field }) => field === 'existence');
    if (told !== undefined) return told;
  }
  return undefined;
}

/**
 * Which of two values is the later one; undefined: neither. An edit that the maker of the incoming one had seen is older, whatever version the change goes out on
 * (engine.md §4, rule 5, ADR 0015), and the edits of one log follow one another.
 */
export function orderOf(
  seen: Seen,
  field: Field,
  { ours, theirs }: { readonly ours: Edit | undefined; readonly theirs: Edit },
): 'publisher' | 'incoming' | undefined {
  if (ours === undefined || ours.id === theirs.id) return undefined;
  const [here, there] = [logPlaceOf(ours), logPlaceOf(theirs)];
  if (here.epoch === there.epoch && seen.isApart !== true) return here.seq > there.seq ? 'publisher' : 'incoming';
  return hasSeen(seen, ours, field) ? 'incoming' : undefined;
}

/** Whether a change tells that whoever wrote what it brings in this field had not seen the edit, which does not stand there (ADR 0041). */
export function isOverruled({ overruled = [] }: Edits, edit: Pick<Edit, 'id'>, field: Field): boolean {
  return overruled.some((one) => one.id === edit.id && concern(one.field, field));
}

/** Whether who made these edits knew of the one that set a field as it is here. */
export function isSeenBy(seen: Seen, field: Field, keys: KeyRules | undefined): boolean {
  const set = editThatSet(seen.history, field, { keys });
  if (set === undefined) return false;
  return hasSeen(seen, set, field) || orderOf(seen, field, { ours: set, theirs: seen.edits.main }) === 'incoming';
}

function hasSeen({ edits, history, had }: Seen, edit: Edit, field: Field): boolean {
  if (isOverruled(edits, edit, field)) return false;
  return tells(edits, edit, history) || had.some((revision) => knowsEdit(revision.edits, edit.id));
}

/**
 * Whether a change tells this edit, or a later one of this site's log, which has lost that one: whoever was given it was given all that this site had done before, or what came over it. Of the
 * log of another site that does not hold: an edit may not have stood here, and later ones have (ADR 0032). Of two that have made the same by themselves, either is the other (ADR 0030).
 */
function tells({ main, others }: Edits, edit: Edit, history: readonly Revision[]): boolean {
  const told = [main, ...others];
  const isTold = ({ id }: Pick<Edit, 'id'>): boolean => told.some((one) => one.id === id);
  if (isTold(edit)) return true;
  const ofEdit = history.filter((revision) => revision.edits.main.id === edit.id);
  if (ofEdit.some(({ edits }) => edits.others.some((one) => one.field === sameAsMain && isTold(one)))) return true;
  return isOfThisLog(edit, history) && told.some((later) => isFollowedBy(edit, later));
}

/** Whether it was made at this site, also where the log has lost it since, and somebody gave it back. */
function isOfThisLog(edit: Edit, history: readonly Revision[]): boolean {
  const made = logPlaceOf(edit);
  return history.some(({ epoch }) => epoch === made.epoch);
}

function isMadeHere({ epoch, seq, origin }: Revision, edit: Edit): boolean {
  const made = logPlaceOf(edit);
  return origin === undefined && made.epoch === epoch && made.seq === seq;
}

/** What was decided here on a conflict of a field, and up to where in the log it was known what was decided on. */
export interface Decided {
  readonly field: Field;
  readonly upTo: number;
  /** The two that the conflict is about, both of which whoever settles it has seen. */
  readonly values: readonly (string | undefined)[];
}

/** Whether an edit that stands here is what a conflict was settled by, or was looked at then: who settles the same conflict comes second (engine.md §5). */
export function isDecided(
  edit: Edit | undefined,
  field: Field,
  { decided, history }: { readonly decided: readonly Decided[]; readonly history: readonly Revision[] },
): boolean {
  return decided.some(({ field: about, upTo }) => {
    const then = history.filter(({ seq }) => seq <= upTo);
    const isKnownThen = edit !== undefined && then.some(({ edits }) => knowsEdit(edits, edit.id));
    if (field === 'existence' || about === 'existence') return about === field && isKnownThen;
    return isKnownThen && editThatSet(then, about)?.id === edit.id;
  });
}

/** Whether a field is here as a conflict was settled that the change settles, too, with a value that its maker has seen. */
export function isChosenOfTwo(
  field: Field,
  { decided, history }: { readonly decided: readonly Decided[]; readonly history: readonly Revision[] },
): boolean {
  // What was kept may have been set after the conflict was told.
  const ofTwo = decided.filter((one) => one.values.includes(fieldValue(decidedOn(one, history), one.field)));
  return isDecided(editThatSet(history, field), field, { decided: ofTwo, history });
}

/** Whether a conflict of the field was settled here with this value. */
function isDecidedAlike(field: Field, value: string | undefined, { decided, history }: Known): boolean {
  return decided.some((one) => {
    const version = decidedOn(one, history);
    return one.field === field && version !== undefined && fieldValue(version, field) === value;
  });
}

/** The object as it stood when a conflict of it had been settled; undefined where it was gone, or its history does not reach so far. */
function decidedOn({ upTo }: Decided, history: readonly Revision[]): Version | undefined {
  const then = history.find(({ seq }) => seq <= upTo);
  return then?.state === 'present' ? then.version : undefined;
}

/** Whether one of these edits was made by who had deleted the object before, or in a log that had the deletion. */
export function isMadeOver({ main, others }: Edits, { epoch, seq, edits: deletion }: Revision): boolean {
  const places = [deletion.main, { id: `${epoch}:${String(seq)}` }];
  return [main, ...others].some((edit) => places.some((place) => isFollowedBy(place, edit)));
}

/** Whether an edit is an earlier one of the same log, so that whoever made the later one knew of it. */
export function isFollowedBy(edit: Pick<Edit, 'id'>, later: Pick<Edit, 'id'>): boolean {
  const [one, other] = [logPlaceOf(edit), logPlaceOf(later)];
  return one.epoch === other.epoch && one.seq < other.seq;
}

function logPlaceOf({ id }: Pick<Edit, 'id'>): { readonly epoch: string; readonly seq: number } {
  const at = id.lastIndexOf(':');
  return { epoch: id.slice(0, at), seq: Number(id.slice(at + 1)) };
}
