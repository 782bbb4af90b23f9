import type { Gid } from '../objects/gid.ts';
import type { RevisionDraft } from '../objects/revision.ts';
import { digestOfVersion } from '../objects/version.ts';
import type { Version } from '../objects/version.ts';
import type { ObjectReader } from '../ports/object-reader.ts';
import type { Claim } from '../synchronization/change.ts';
import type { Exception } from '../synchronization/exception.ts';
import { holdsVersion } from '../synchronization/exception.ts';
import { toCollection } from '../synchronization/relative.ts';
import { StatusCode } from '../syncml/status.ts';
import { findTwin } from './find-twin.ts';

/** What the publisher has of an object that the subscriber names, and where it looks for others like it. */
export interface Claimed {
  readonly reader: ObjectReader;
  readonly root: Gid;
  readonly keyOf: (version: Version) => string | undefined;
  readonly draft: RevisionDraft | undefined;
  /** The sequence number of the newest revision. */
  readonly seq: number;
}

/** The Status of the claim, the gid under which the object is known here, and what is remembered of what the subscriber holds. */
export interface ClaimAnswer {
  readonly code: StatusCode;
  readonly knownAs?: Gid;
  readonly exception?: Exception;
}

/**
 * In a comparison: whether the object that the subscriber names is here as well (engine.md §1, first meeting). It is asked for whole unless it is here as it was
 * named, or was agreed once and is gone here.
 */
export async function answerClaim(claim: Claim, { reader, root, keyOf, draft, seq }: Claimed): Promise<ClaimAnswer> {
  const last = draft && toCollection(draft.version, root);
  if (draft?.state === 'present' && last !== undefined) {
    if (digestOfVersion(last) !== claim.result) return { code: StatusCode.IncompleteCommand };
    return { code: StatusCode.Ok, exception: { reason: 'held', holds: { kind: 'revision', seq } } };
  }
  if (claim.wasAgreed && last !== undefined) {
    // Agreed once and missing here: it was deleted or left here since, and the subscriber is told so.
    return { code: StatusCode.Ok, exception: { reason: 'held', holds: holdsVersion(last) } };
  }
  const twin = await findTwin({ reader, root, keyOf }, claim);
  if (twin === undefined) return { code: StatusCode.IncompleteCommand };
  const isEqual = twin.documentDigest === claim.documentDigest && twin.type === claim.type;
  return { code: isEqual ? StatusCode.AlreadyExists : StatusCode.IncompleteCommand, knownAs: twin.gid };
}
