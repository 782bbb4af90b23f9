import { ConcordError } from '../errors/concord-error.ts';
import { topGid } from '../objects/gid.ts';
import type { Version } from '../objects/version.ts';
import { digestOfVersion, newVersion } from '../objects/version.ts';
import { canonicalXml, canonicalize } from '../xml/canonical.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { defaultXmlLimits } from '../xml/limits.ts';
import { parseStoredXml } from '../xml/parse.ts';
import { applyModifications } from '../xupdate/apply.ts';
import { applyToText } from '../xupdate/apply-to-text.ts';
import { parseModifications } from '../xupdate/parse-modifications.ts';
import type { Put } from './change.ts';

/**
 * What came of reading a change: the version it brings, or that it does not fit. `needs-document`: sent whole it can be read; `refused`: the document itself
 * is not acceptable, and `reason` says why; `isTooLarge`: it is beyond a limit.
 */
export type ReadChange =
  | { readonly outcome: 'version'; readonly version: Version }
  | { readonly outcome: 'needs-document' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly isTooLarge: boolean };

/** A change with the version that it brings. */
export type ReadPut = Put & { readonly incoming: Version };

/**
 * The version that a change brings, made from the base that it names; `base` is undefined when the receiver does not have it. The result's digest is
 * checked: nothing is taken on trust from a peer (engine.md §4). `limits` bound what is received, and what is made of it.
 */
export function readChange(change: Put, base: Version | undefined, limits: XmlLimits = defaultXmlLimits): ReadChange {
  const { gid, document } = change;
  const { parent = base?.parent ?? topGid, id = base?.id, type = base?.type } = change.envelope;
  if (id === undefined || type === undefined) return { outcome: 'needs-document' };
  const envelope = { gid, parent, id, type };
  // The digest says whether that was right; where it was not, the modifications are applied step by step.
  const text =
    document.form === 'xupdate' && base !== undefined ? applyToText(base.document, document.text, limits) : undefined;
  const near = text === undefined ? undefined : newVersion({ ...envelope, document: text });
  if (near !== undefined && digestOfVersion(near) === change.result) return { outcome: 'version', version: near };
  const read = readDocument(change, base, limits);
  if (typeof read !== 'string') return read;
  const version = newVersion({ ...envelope, document: read });
  if (digestOfVersion(version) === change.result) return { outcome: 'version', version };
  return document.form === 'whole'
    ? { outcome: 'refused', reason: 'The digest is not that of the document', isTooLarge: false }
    : { outcome: 'needs-document' };
}

function readDocument(
  change: Put,
  base: Version | undefined,
  limits: XmlLimits,
): string | Exclude<ReadChange, { outcome: 'version' }> {
  const { document } = change;
  if (document.form === 'whole') return readWhole(document.text, limits);
  if (base === undefined) return { outcome: 'needs-document' };
  if (document.form === 'same') return base.document;
  try {
    const modifications = parseModifications(document.text, 'peer', limits);
    return canonicalXml(applyModifications(parseStoredXml(base.document), modifications, { limits }));
  } catch (cause) {
    if (cause instanceof ConcordError) return { outcome: 'needs-document' };
    throw cause;
  }
}

function readWhole(text: string, limits: XmlLimits): string | Exclude<ReadChange, { outcome: 'version' }> {
  try {
    return canonicalize(text, limits);
  } catch (cause) {
    if (cause instanceof ConcordError)
      return { outcome: 'refused', reason: cause.message, isTooLarge: cause.code === 'CON-X002' };
    throw cause;
  }
}
