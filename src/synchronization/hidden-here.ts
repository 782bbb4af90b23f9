import type { Edits, Field } from '../objects/edit.ts';
import { editIds, hasEdit } from '../objects/edit.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { digestOfVersion, isSameVersion } from '../objects/version.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import { carryOver } from './equivalence.ts';
import { editThatSet, fieldValue, withDocument } from './fields.ts';
import type { FieldClash, MergeInput } from './merge-versions.ts';
import { mergeVersions } from './merge-versions.ts';
import { codeOf } from './merge-change.ts';
import { receiveVersion } from './receive-change.ts';
import { receiveDeletion } from './receive-deletion.ts';
import type { Arrival, Received, Rules, Standing } from './standing.ts';

/**
 * An object of a hub as it is for the site above, where that has changed something since the base of a leaf's change that the hub's conduit does not show. Only so can it be
 * told what the leaf had not seen (ADR 0034).
 */
export interface Behind {
  readonly present: Version;
  readonly base: Version | undefined;
  readonly history: readonly Revision[];
  /** The same revisions as the hub shows them. */
  readonly shown: readonly Revision[];
  /** Of a change that was made before the version that it starts from: up to where its maker had this log, and the edits that came from above after that, whatever is told with it. */
  readonly seenUpTo?: number;
  readonly unseen?: ReadonlySet<string>;
}

/** What the publisher has of an object when a change arrives; at a hub also what is behind it. */
export interface StandingHere extends Standing {
  readonly behind?: Behind | undefined;
}

/** Where it is looked for: the object's revisions, newest first, and up to where the maker of a change had them; undefined where that is not known. */
export interface HubsLog {
  readonly history: readonly Revision[];
  readonly seen: number | undefined;
  /** The change was made before the version that it starts from was taken in there, and carried over onto that. */
  readonly isCarriedOver: boolean;
  readonly isFromAbove: (revision: Revision) => boolean;
}

/** What stands behind what a hub shows of an object, if the maker of a change that starts from `base` had not all of it. */
export function behindOf(
  { present, base }: { readonly present: Version; readonly base: Version | undefined },
  { history, seen: named, isCarriedOver, isFromAbove }: HubsLog,
  rules: Pick<Rules, 'keys' | 'limits'>,
): Behind | undefined {
  const last = history.find(isFromAbove);
  const seen = named ?? oldestOf(base, history);
  if (last?.shadow === undefined || last.seq <= seen) return undefined;
  const before = history.find((revision) => revision.seq <= seen && isFromAbove(revision));
  if ((before?.shadow ?? before?.version.document) === last.shadow) return undefined;
  const above = (version: Version, taken: Revision | undefined): Version => {
    if (taken?.shadow === undefined) return version;
    const carried = { base: taken.version.document, edited: version.document, onto: taken.shadow };
    return withDocument(version, carryOver({ ...carried, ...rules }));
  };
  return {
    ...(isCarriedOver && { seenUpTo: seen, unseen: editsFromAbove(history, { after: seen, isFromAbove }) }),
    present: above(present, last),
    base: base && above(base, before),
    history: history.map((revision, index) => ({
      ...revision,
      version: above(revision.version, history.slice(index).find(isFromAbove)),
    })),
    shown: history,
  };
}

/** Of several equal versions the oldest counts: the maker of the change may know no more. */
function oldestOf(base: Version | undefined, history: readonly Revision[]): number {
  if (base === undefined) return 0;
  const digest = digestOfVersion(base);
  return history.findLast(({ version }) => digestOfVersion(version) === digest)?.seq ?? 0;
}

/** As `receiveVersion`; at a hub also against what it does not show. */
export function receiveVersionHere(arrival: Arrival, standing: StandingHere, rules: Rules): Received {
  const { present, behind } = standing;
  if (present === undefined || behind === undefined) return receiveVersion(arrival, standing, rules);
  const { keys, limits } = rules;
  const base = standing.isBaseKnown ? standing.base : undefined;
  const [shown, above] =
    base !== undefined && behind.base !== undefined ? [base, behind.base] : [present, behind.present];
  const carried = { base: shown.document, edited: arrival.version.document, onto: above.document };
  const version = withDocument(arrival.version, carryOver({ ...carried, keys, limits }));
  const plain = clashesOf({ base, publisher: present, incoming: arrival.version, keys, limits });
  const all = clashesOf({ base: base && behind.base, publisher: behind.present, incoming: version, keys, limits });
  const isHidden = all.some(
    ({ field, publisher }) =>
      !plain.some((clash) => clash.field === field && clash.publisher === publisher) && !isShown(field, behind, keys),
  );
  if (!isHidden) return receiveVersion(arrival, standing, rules);
  const made = { version, edits: withoutUnseen(arrival.edits, behind) };
  const received = receiveVersion(made, { ...standing, ...behind }, rules);
  const result = received.write === undefined ? present : asShown(received.write.version, { present, behind, rules });
  const isExact = isSameVersion(result, arrival.version);
  return {
    ...received,
    write: isSameVersion(result, present) ? undefined : { state: 'present', version: result },
    code: codeOf(isExact, received.notes),
    isExact,
  };
}

/** Whether the hub shows of a field what the same edit has set there above: a conduit has written the one or the other otherwise, and who has seen the one has seen the edit (ADR 0020). */
function isShown(field: Field, { history, shown }: Behind, keys: KeyRules | undefined): boolean {
  const above = editThatSet(history, field, { keys });
  const isHere = fieldValue(shown[0]?.version, field) !== undefined;
  return isHere && above !== undefined && above.id === editThatSet(shown, field, { keys })?.id;
}

/** As `receiveDeletion`; at a hub also against what it does not show. */
export function receiveDeletionHere(edits: Edits, standing: StandingHere, rules: Rules): Received {
  const { present, behind } = standing;
  if (present === undefined || behind === undefined) return receiveDeletion(edits, standing, rules);
  const received = receiveDeletion(withoutUnseen(edits, behind), { ...standing, ...behind }, rules);
  return received.write === undefined ? received : { ...received, write: { ...received.write, version: present } };
}

/** Without edits that its maker cannot have seen: where an edit was carried over, its site tells with it what the sync has brought (ADR 0038). */
function withoutUnseen(edits: Edits, { unseen }: Behind): Edits {
  return unseen === undefined ? edits : { ...edits, others: edits.others.filter(({ id }) => !unseen.has(id)) };
}

/** The edits that only what came from above since then has brought. */
function editsFromAbove(
  history: readonly Revision[],
  { after, isFromAbove }: Pick<HubsLog, 'isFromAbove'> & { readonly after: number },
): ReadonlySet<string> {
  const isLate = (revision: Revision): boolean => revision.seq > after && isFromAbove(revision);
  const rest = history.filter((revision) => !isLate(revision));
  const ids = history.filter(isLate).flatMap(({ edits }) => editIds(edits));
  return new Set(ids.filter((id) => !rest.some(({ edits }) => hasEdit(edits, id))));
}

function clashesOf(input: MergeInput): readonly FieldClash[] {
  return mergeVersions(input).clashes;
}

/** What was decided about the object as it is above, for what the hub shows of it. */
function asShown(
  decided: Version,
  { present, behind, rules }: { readonly present: Version; readonly behind: Behind; readonly rules: Rules },
): Version {
  const { keys, limits } = rules;
  const edit = { base: behind.present.document, edited: decided.document, onto: present.document };
  return withDocument(decided, carryOver({ ...edit, keys, limits }));
}
