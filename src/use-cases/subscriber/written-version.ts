import type { Version } from '../../objects/version.ts';
import { isSameVersion } from '../../objects/version.ts';
import type { Write, Writing } from '../../synchronization/equivalence.ts';
import { carryOver, writtenBySubscriber } from '../../synchronization/equivalence.ts';
import { withDocument } from '../../synchronization/fields.ts';
import type { XmlLimits } from '../../xml/limits.ts';
import type { KeyRules } from '../../xupdate/keys.ts';

/** How this site's conduit writes what it takes in, and the publisher's what it is sent; undefined: as it comes. */
export interface Writers {
  readonly own: Write | undefined;
  readonly publishers: Write | undefined;
}

/** A version of this site, and the one that it is for the publisher. */
export interface Counterparts {
  readonly own: Version;
  readonly shared: Version;
}

/** What is known of an object when a version of the publisher's is written. */
export interface Before {
  readonly present: Counterparts | undefined;
  readonly agreed: Counterparts | undefined;
  /** What was deleted here, and is given back. */
  readonly deleted: Counterparts | undefined;
  /** What was agreed is what this site has sent: the publisher may have stored less of it. */
  readonly isAsSent: boolean;
  /** The publisher says that its version is what this site has sent, as it can store it. */
  readonly isEquivalent: boolean;
}

/** The version as this site stores it, and the publisher's document where that is another one. */
export interface WrittenVersion {
  readonly version: Version;
  readonly shadow?: string | undefined;
}

const asItComes: Write = (document) => document;

/** What is stored of a version of the publisher's: what the conduits lose on either side is not lost on the other. */
export function writtenVersion(
  incoming: Version,
  { present, agreed, deleted, isAsSent, isEquivalent }: Before,
  { writers, ...rules }: Omit<Writing, 'write'> & { readonly writers: Writers },
): WrittenVersion {
  const isUnedited = isSameVersion(present?.shared, agreed?.shared);
  const before = (isUnedited ? present : agreed) ?? deleted;
  const isPlain = before === undefined || before.own.documentDigest === before.shared.documentDigest;
  const mayLose = writers.own !== undefined || (writers.publishers !== undefined && isAsSent) || isEquivalent;
  if (isPlain && !mayLose) return { version: incoming };
  const known = before && {
    own: before.own.document,
    shared: isEquivalent
      ? incoming.document
      : isAsSent
        ? (writers.publishers ?? asItComes)(before.shared.document)
        : before.shared.document,
  };
  const document = writtenBySubscriber(incoming.document, known, { write: writers.own ?? asItComes, ...rules });
  return shadowed(document === incoming.document ? incoming : withDocument(incoming, document), incoming);
}

/**
 * The unsent edits of this site on what it has stored now of the publisher's version; `merged` is what they make of that version itself. Nothing of them is lost: this is
 * no version of the publisher's.
 */
export function carriedVersion(
  merged: Version,
  {
    present,
    agreed,
    stored,
    givesWay,
    ...rules
  }: Pick<Before, 'present' | 'agreed'> & {
    readonly stored: WrittenVersion;
    readonly givesWay: boolean;
    readonly keys: KeyRules | undefined;
    readonly limits: XmlLimits | undefined;
  },
): Version {
  const isPlain = [present, agreed].every(
    (one) => one === undefined || one.own.documentDigest === one.shared.documentDigest,
  );
  if (present === undefined || agreed === undefined || (isPlain && stored.shadow === undefined)) return merged;
  const [base, own, here] = [agreed.own.document, present.own.document, stored.version.document];
  // What gives way is what was edited here: then what came is the edit.
  const document = givesWay
    ? carryOver({ base, edited: here, onto: own, ...rules })
    : carryOver({ base, edited: own, onto: here, ...rules });
  return withDocument(merged, document);
}

/** A version of this site with the one that it is for the publisher. */
export function shadowed(version: Version, shared: Version): WrittenVersion {
  return version.documentDigest === shared.documentDigest ? { version } : { version, shadow: shared.document };
}

/** What this site has without having agreed on it is what its conduit writes of the publisher's version: there is nothing to decide. */
export function isWrittenAs(incoming: Version, own: Version | undefined, write: Write | undefined): boolean {
  if (own === undefined || write === undefined || own.documentDigest === incoming.documentDigest) return false;
  return isSameVersion(own, withDocument(incoming, write(incoming.document)));
}
