import type { Edits } from '../objects/edit.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { digestOfVersion, isSameVersion } from '../objects/version.ts';
import { carryOver } from './equivalence.ts';
import { withDocument } from './fields.ts';
import type { FieldClash, MergeInput } from './merge-versions.ts';
import { mergeVersions } from './merge-versions.ts';
import type { Arrival, Received, Rules, Standing } from './receive-change.ts';
import { codeOf, receiveVersion } from './receive-change.ts';
import { receiveDeletion } from './receive-deletion.ts';

/**
 * An object of a hub as it is for the site above, where that has changed something since the base of a leaf's change that the hub's conduit does not show. Only so can it be
 * told what the leaf had not seen (ADR 0034).
 */
export interface Behind {
  readonly present: Version;
  readonly base: Version | undefined;
  readonly history: readonly Revision[];
}

/** What the publisher has of an object when a change arrives; at a hub also what is behind it. */
export interface StandingHere extends Standing {
  readonly behind?: Behind | undefined;
}

/** Where it is looked for: the object's revisions, newest first, and up to where the sender of a change had taken them in; 0 where that is not known. */
export interface HubsLog {
  readonly history: readonly Revision[];
  readonly position: number;
  readonly isFromAbove: (revision: Revision) => boolean;
}

/** What stands behind what a hub shows of an object, if the maker of a change that starts from `base` had not all of it. */
export function behindOf(
  { present, base }: { readonly present: Version; readonly base: Version | undefined },
  { history, position, isFromAbove }: HubsLog,
  rules: Pick<Rules, 'keys' | 'limits'>,
): Behind | undefined {
  const last = history.find(isFromAbove);
  const seen = position > 0 ? position : oldestOf(base, history);
  if (last?.shadow === undefined || last.seq <= seen) return undefined;
  const before = history.find((revision) => revision.seq <= seen && isFromAbove(revision));
  if ((before?.shadow ?? before?.version.document) === last.shadow) return undefined;
  const above = (version: Version, taken: Revision | undefined): Version => {
    if (taken?.shadow === undefined) return version;
    const carried = { base: taken.version.document, edited: version.document, onto: taken.shadow };
    return withDocument(version, carryOver({ ...carried, ...rules }));
  };
  return {
    present: above(present, last),
    base: base && above(base, before),
    history: history.map((revision, index) => ({
      ...revision,
      version: above(revision.version, history.slice(index).find(isFromAbove)),
    })),
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
    ({ field, publisher }) => !plain.some((clash) => clash.field === field && clash.publisher === publisher),
  );
  if (!isHidden) return receiveVersion(arrival, standing, rules);
  const received = receiveVersion({ ...arrival, version }, { ...standing, ...behind }, rules);
  const result = received.write === undefined ? present : asShown(received.write.version, { present, behind, rules });
  const isExact = isSameVersion(result, arrival.version);
  return {
    ...received,
    write: isSameVersion(result, present) ? undefined : { state: 'present', version: result },
    code: codeOf(isExact, received.notes),
    isExact,
  };
}

/** As `receiveDeletion`; at a hub also against what it does not show. */
export function receiveDeletionHere(edits: Edits, standing: StandingHere, rules: Rules): Received {
  const { present, behind } = standing;
  if (present === undefined || behind === undefined) return receiveDeletion(edits, standing, rules);
  const received = receiveDeletion(edits, { ...standing, ...behind }, rules);
  return received.write === undefined ? received : { ...received, write: { ...received.write, version: present } };
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
