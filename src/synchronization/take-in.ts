import type { Field } from '../objects/edit.ts';
import type { Version } from '../objects/version.ts';
import { isSameVersion } from '../objects/version.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import { mergeVersions } from './merge-versions.ts';

/** What a subscriber has of an object when the publisher's version of it arrives. Versions are those of the collection. */
export interface Local {
  readonly present: Version | undefined;
  /** The version that the publisher is known to have had of this site: the shadow, or what was sent in this sync. */
  readonly agreed: Version | undefined;
  /** Deleted here by somebody, and the publisher does not know it yet. */
  readonly isDeletedHere: boolean;
  /** Objects below it that the publisher's package leaves in place. */
  readonly hasChildren: boolean;
  /** Unsent edits are kept back for good (pull): where both changed a field, the publisher's is taken in. */
  readonly givesWay: boolean;
  readonly keys: KeyRules | undefined;
  readonly limits?: XmlLimits | undefined;
}

/** What the subscriber does with it (engine.md §4, "The subscriber, for each of them"). */
export type TakenIn =
  /** Nothing to write: the same is here already. */
  | { readonly outcome: 'same' }
  /** Nothing to write: the publisher has what was agreed, and does not know yet that it was deleted, or made again, here. */
  | { readonly outcome: 'unheard' }
  /** The publisher's version replaces what is here. */
  | { readonly outcome: 'taken' }
  /** The publisher's version is written, then the unsent edits on top of it. */
  | { readonly outcome: 'carried'; readonly version: Version; readonly lost: readonly Field[] }
  /** An unsent edit clashes: it must be sent first, and the publisher decides. */
  | { readonly outcome: 'clash'; readonly fields: readonly Field[] };

/** `incoming` undefined: deleted at the publisher, or left the collection. */
export function takeIn(incoming: Version | undefined, local: Local): TakenIn {
  const { present, agreed } = local;
  if (isSameVersion(present, incoming) && !(incoming === undefined && local.isDeletedHere)) return { outcome: 'same' };
  if (incoming === undefined && local.hasChildren && !local.givesWay)
    return { outcome: 'clash', fields: ['existence'] };
  const hasUnsentEdit = !isSameVersion(present, agreed) || local.isDeletedHere;
  if (!hasUnsentEdit) return { outcome: 'taken' };
  if (incoming === undefined && present === undefined) return { outcome: 'same' };
  if (incoming === undefined || present === undefined) {
    // An edit against a deletion: only the publisher can say which of them stands.
    const isUnchangedThere = isSameVersion(incoming, agreed);
    if (isUnchangedThere) return { outcome: 'unheard' };
    return local.givesWay ? { outcome: 'taken' } : { outcome: 'clash', fields: ['existence'] };
  }
  return carryOver(incoming, present, local);
}

function carryOver(incoming: Version, present: Version, { agreed, givesWay, keys, limits }: Local): TakenIn {
  const merged = mergeVersions({ base: agreed, publisher: incoming, incoming: present, keys, limits });
  const fields = merged.clashes.map((clash) => clash.field);
  if (fields.length > 0 && !givesWay) return { outcome: 'clash', fields };
  if (isSameVersion(merged.version, incoming)) return { outcome: 'taken' };
  return { outcome: 'carried', version: merged.version, lost: fields };
}
