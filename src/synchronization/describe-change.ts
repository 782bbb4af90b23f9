import type { Version } from '../objects/version.ts';
import { digestOfVersion } from '../objects/version.ts';
import { widestXmlLimits } from '../xml/limits.ts';
import { XmlVersions } from '../xml/versions.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import { diff } from '../xupdate/diff.ts';
import { diffTexts } from '../xupdate/diff-texts.ts';
import type { Change, ChangedDocument, ChangedEnvelope, Difference } from './change.ts';

/**
 * Says a difference as the change that brings the peer from what it holds to what is here: an XUpdate where that is shorter than the document, whole where the
 * peer holds nothing. Versions are those of the collection (relative.ts).
 */
export function describeChange(difference: Difference, closes: readonly string[], keys?: KeyRules): Change {
  const { gid, held, version, state, number, base, edits, knownAs } = difference;
  const over = difference.over !== undefined && difference.over.length > 0 && { over: difference.over };
  if (state !== 'present')
    return { kind: state === 'left' ? 'leave' : 'delete', gid, number, base, edits, closes, ...over, knownAs };
  const document = describeDocument(mustBeWhole(difference) ? undefined : held, version, keys);
  return {
    kind: 'put',
    gid,
    number,
    base,
    result: digestOfVersion(version),
    envelope: describeEnvelope(mustBeWhole(difference) ? undefined : held, version),
    document,
    edits,
    closes,
    ...(difference.equivalent !== undefined && { equivalent: difference.equivalent }),
    ...(difference.hasLeft === true && { hasLeft: true }),
    ...over,
  };
}

function mustBeWhole({ isInFlight, exception, hasLeft }: Difference): boolean {
  return isInFlight || hasLeft === true || exception?.reason === 'wanted';
}

function describeEnvelope(held: Version | undefined, version: Version): ChangedEnvelope {
  return {
    parent: held?.parent === version.parent ? undefined : version.parent,
    id: held?.id === version.id ? undefined : version.id,
    type: held?.type === version.type ? undefined : version.type,
  };
}

function describeDocument(held: Version | undefined, version: Version, keys: KeyRules | undefined): ChangedDocument {
  if (held === undefined) return { form: 'whole', text: version.document };
  if (held.documentDigest === version.documentDigest) return { form: 'same' };
  const delta = diffTexts(held.document, version.document) ?? diffDocuments(held, version, keys);
  return isShorter(delta, version.document)
    ? { form: 'xupdate', text: delta }
    : { form: 'whole', text: version.document };
}

// In octets of UTF-8, as both are sent; a character is one to three of them.
function isShorter(delta: string, document: string): boolean {
  if (delta.length * 3 < document.length) return true;
  return Buffer.byteLength(delta) < Buffer.byteLength(document);
}

function diffDocuments(held: Version, version: Version, keys: KeyRules | undefined): string {
  const versions = new XmlVersions(widestXmlLimits);
  return diff(versions.parse(held.document), versions.parse(version.document), keys);
}
