import type { Field } from '../objects/edit.ts';
import type { Version } from '../objects/version.ts';
import { canonicalXml } from '../xml/canonical.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { widestXmlLimits } from '../xml/limits.ts';
import { XmlVersions } from '../xml/versions.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import { merge } from '../xupdate/merge.ts';
import { withDocument } from './fields.ts';

/** One field that both sides changed, differently. */
export interface FieldClash {
  readonly field: Field;
  readonly base: string | undefined;
  readonly publisher: string | undefined;
  readonly incoming: string | undefined;
}

/** The version in which both sides' changes stand, and in each clash the publisher's (engine.md §5). */
export interface MergedVersion {
  readonly version: Version;
  readonly clashes: readonly FieldClash[];
}

/** Two versions of one object, the one they were made from, and how its conduit keys repeated elements. */
export interface MergeInput {
  readonly base: Version | undefined;
  readonly publisher: Version;
  readonly incoming: Version;
  readonly keys: KeyRules | undefined;
  /** What the merged document must keep to. */
  readonly limits?: XmlLimits | undefined;
}

/** Merges two versions of one object that were made from `base`; without a base whatever differs is a clash. */
export function mergeVersions({ base, publisher, incoming, keys, limits }: MergeInput): MergedVersion {
  const clashes: FieldClash[] = [];
  let version = publisher;
  for (const field of ['parent', 'id', 'type'] as const) {
    const [was, ours, theirs] = [base?.[field], publisher[field], incoming[field]];
    if (theirs === ours || theirs === was) continue;
    if (ours === was) version = { ...version, [field]: theirs };
    else clashes.push({ field, base: was, publisher: ours, incoming: theirs });
  }
  const document = mergeDocuments({ base, publisher, incoming, keys, limits });
  return {
    version: document.text === version.document ? version : withDocument(version, document.text),
    clashes: [...clashes, ...document.clashes],
  };
}

function mergeDocuments(input: MergeInput): { readonly text: string; readonly clashes: readonly FieldClash[] } {
  const { base, publisher, incoming, keys, limits } = input;
  const isTheirs = base !== undefined && publisher.documentDigest === base.documentDigest;
  if (isTheirs) return { text: incoming.document, clashes: [] };
  const isOurs =
    incoming.documentDigest === publisher.documentDigest || incoming.documentDigest === base?.documentDigest;
  if (isOurs) return { text: publisher.document, clashes: [] };
  const versions = new XmlVersions(widestXmlLimits);
  const merged = merge({
    base: base && versions.parse(base.document),
    publisher: versions.parse(publisher.document),
    incoming: versions.parse(incoming.document),
    ...(keys && { keys }),
    ...(limits && { limits }),
  });
  const clashes = merged.clashes.map(({ place, base: was, publisher: ours, incoming: theirs }) => ({
    field: place,
    base: was,
    publisher: ours,
    incoming: theirs,
  }));
  return { text: canonicalXml(merged.document), clashes };
}
