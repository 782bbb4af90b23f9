import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { digestOfVersion, isSameVersion } from '../objects/version.ts';
import { fieldValue, withFields } from './fields.ts';
import type { FieldClash } from './merge-versions.ts';
import type { Arrival } from './standing.ts';

/** A change that clashes with what is here, and what both start from. */
export interface Clashing {
  readonly arrival: Arrival;
  readonly clashes: readonly FieldClash[];
  readonly base: Version | undefined;
  /** The object's, newest first. */
  readonly history: readonly Revision[];
}

/**
 * Whether what arrives in a field was set on top of what stands here, because the subscriber had come to the same value by its own edit before (ADR 0039). That is told by what stood there between,
 * whole: what arrives, with the publisher's value in this place, or in all that clash. Not where each has gone on from one to the other, nor where the publisher came back to its value: what was between the subscriber
 * has not seen.
 */
export function isSetOnSame(clash: FieldClash, clashing: Clashing): boolean {
  if (clash.field === 'existence' || clashing.base === undefined || !hadPublishersValue(clash, clashing)) return false;
  const values = valuesSince(clash, clashing);
  const since = values.findIndex((value) => value !== clash.publisher);
  const before = since < 0 ? [] : values.slice(since);
  return !before.includes(clash.publisher) && !before.includes(clash.incoming);
}

/** What stood here in the field, newest first, down to the base. */
function valuesSince({ field }: FieldClash, { base, history }: Clashing): readonly (string | undefined)[] {
  const end = history.findIndex(({ state, version }) => state === 'present' && isSameVersion(version, base));
  return (end < 0 ? history : history.slice(0, end)).map(({ version }) => fieldValue(version, field));
}

function hadPublishersValue(clash: FieldClash, { arrival: { version, over = [] }, clashes }: Clashing): boolean {
  if (over.length === 0) return false;
  return [[clash], clashes].some((places) => over.includes(digestOfVersion(withPublishers(version, places))));
}

function withPublishers(version: Version, clashes: readonly FieldClash[]): Version {
  return withFields(
    version,
    clashes.flatMap(({ field, publisher }) => (field === 'existence' ? [] : [{ field, value: publisher }])),
  );
}
