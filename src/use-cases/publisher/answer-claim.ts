import type { Edits } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { RevisionDraft } from '../../objects/revision.ts';
import { historyLimit } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { Claim } from '../../synchronization/change.ts';
import type { Write } from '../../synchronization/equivalence.ts';
import type { Exception, Held } from '../../synchronization/exception.ts';
import { holdsNothing, holdsVersion } from '../../synchronization/exception.ts';
import { editsOver, withDocument } from '../../synchronization/fields.ts';
import { toCollection } from '../../synchronization/relative.ts';
import { seenIn, withSeen } from '../../synchronization/seen-edits.ts';
import type { Digest } from '../../xml/digest.ts';
import { StatusCode } from '../../syncml/status.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import type { TwinFinder } from './find-twin.ts';

/** What the publisher has of an object that the subscriber names, and where it looks for others like it. */
export interface Claimed {
  readonly reader: ObjectReader;
  readonly root: Gid;
  readonly twinFinder: TwinFinder;
  readonly keys: KeyRules | undefined;
  readonly draft: RevisionDraft | undefined;
  /** The sequence number of the newest revision. */
  readonly seq: number;
  /** It is at this site, but neither is nor was in what is published now: the subscriber has it from another path, and is told that it left. */
  readonly isOutside: boolean;
  /** The subscriber's state replaces what is here: what is gone here comes back. */
  readonly isRefresh: boolean;
  /** What is not here may be sent. */
  readonly mayPush: boolean;
  /** What is asked for comes: the subscriber may push, and neither mode nor strategy keep its edits back. */
  readonly sendsEdits: boolean;
  /** The two sides agreed on this very log, which has not gone back since: whatever they agreed on is older than what is here. */
  readonly hasOnlyGrown: boolean;
  /** How the subscriber's conduit writes what comes. */
  readonly subscribersWrite: Write | undefined;
  /** The gids here of those that were named before and are here under another one. */
  readonly twins: Map<Gid, Gid>;
}

/** The Status of the claim, the gid under which the object is known here, and what is remembered of what the subscriber holds. */
export interface ClaimAnswer {
  readonly code: StatusCode;
  readonly knownAs?: Gid;
  /** Of the object that is known under that gid, where its content is another. */
  readonly digest?: Digest;
  /** Where its content is the same: the edits that made it here. */
  readonly madeBy?: Edits;
  readonly exception?: Exception;
}

/**
 * In a comparison: whether the object that the subscriber names is here as well (engine.md §1, first meeting). It is asked for whole unless it is here as it was
 * named, or was agreed once and is gone here. What is here under another gid is named again under that one, so that what differs in it is found then.
 */
export async function answerClaim(gid: Gid, claim: Claim, claimed: Claimed): Promise<ClaimAnswer> {
  const { draft, seq, twins } = claimed;
  const unknown = claimed.mayPush ? StatusCode.IncompleteCommand : StatusCode.PermissionDenied;
  const last = lastVersion(claimed);
  if (claimed.isOutside && last !== undefined && claim.wasAgreed && claimed.hasOnlyGrown)
    return { code: StatusCode.Ok, exception: { reason: 'held', holds: holdsVersion(last) } };
  if (draft?.state === 'present' && last !== undefined) {
    const isEqual = digestOfVersion(last) === claim.result;
    // Not edited there since they agreed: it is out of date, and gets what is here.
    if (!isEqual && claim.wasAgreed && claimed.hasOnlyGrown)
      return { code: StatusCode.Ok, exception: { reason: 'wanted', holds: await olderOrLast(gid, claim, claimed) } };
    const held = { reason: 'held', holds: { kind: 'revision', seq } } as const;
    // What its conduit has made of what is here, which it gets so that it knows (engine.md §4). A refresh takes away what the subscriber does not have: it has this.
    if (!isEqual && isEquivalent(last, claim, claimed)) {
      const holds = claimed.isRefresh ? held.holds : holdsNothing;
      return { code: StatusCode.Ok, exception: { reason: 'wanted', holds } };
    }
    if (isEqual) return { code: StatusCode.Ok, exception: held };
    // Also when it keeps its version back, or that is refused.
    if (claimed.isRefresh) return { code: unknown, exception: held };
    // What it has made of it stays there: if what is here is kept back as well, it still has something to lose.
    return { code: unknown, ...(!claimed.sendsEdits && { exception: { ...held, reason: 'wanted' } }) };
  }
  if (claim.wasAgreed && last !== undefined && !claimed.isRefresh) {
    if (await mayHaveNews(gid, claim, claimed)) return { code: unknown };
    // Agreed once and missing here: it was deleted or left here since, and the subscriber is told so; it may have an older version than was there last.
    return { code: StatusCode.Ok, exception: { reason: 'held', holds: await olderOrLast(gid, claim, claimed) } };
  }
  const hasGone = last !== undefined && !claimed.isRefresh && !claimed.isOutside;
  const isKeptThere = hasGone && !claimed.sendsEdits;
  // Who gives nothing back, and names a version of this log, has that from here, though no sync has ended that agreed on it, and nothing of its own in it.
  const known = isKeptThere ? await knownVersion(gid, claim, claimed) : holdsNothing;
  if (known.kind !== 'nothing') return { code: StatusCode.Ok, exception: { reason: 'held', holds: known } };
  // What it has made of it stays there, and it is told that the rest has gone.
  const asked: ClaimAnswer = {
    code: unknown,
    ...(isKeptThere && { exception: { reason: 'held', holds: holdsVersion(last) } }),
  };
  // It has been here under this gid and no other: whether it stays deleted its edits decide, and nothing else that looks like it.
  if (hasGone && draft?.state === 'deleted' && claimed.mayPush) return asked;
  // What stands below an object that is here under another gid is looked for below that one.
  const parent = twins.get(claim.parent) ?? claim.parent;
  const twin = await claimed.twinFinder.find({ ...claim, parent }, claimed.subscribersWrite);
  if (twin === undefined) return asked;
  twins.set(gid, twin.gid);
  const isEqual = twin.documentDigest === claim.documentDigest && twin.type === claim.type;
  const more = isEqual ? { madeBy: await madeBy(twin, claimed) } : { digest: digestOfVersion(twin) };
  return { code: StatusCode.AlreadyExists, knownAs: twin.gid, ...more };
}

/** The edits that it is made of here, and all that is known to be seen by whoever has it. */
async function madeBy({ gid }: Version, { reader, keys }: Claimed): Promise<Edits> {
  const history = await reader.history(gid, { limit: historyLimit });
  return withSeen(editsOver(undefined, history, keys), seenIn(history));
}

/** What stands here, or stood here last, as the subscriber would have it. */
function lastVersion({ draft, root }: Claimed): Version | undefined {
  return draft && toCollection(draft.version, root);
}

/** Which version of this log the subscriber names, the last one first; nothing, where it is not in it, or not any more. */
async function knownVersion(gid: Gid, claim: Claim, claimed: Claimed): Promise<Held> {
  const last = lastVersion(claimed);
  return last !== undefined && digestOfVersion(last) === claim.result
    ? holdsVersion(last)
    : olderVersion(gid, claim, claimed);
}

/** Whether an object that is gone here, or has another gid, is named in a version that is not in this log, which was set back since they agreed: it may have an edit that was lost here. */
async function mayHaveNews(gid: Gid, claim: Claim, claimed: Claimed): Promise<boolean> {
  const { hasOnlyGrown, mayPush } = claimed;
  const last = lastVersion(claimed);
  if (last === undefined || hasOnlyGrown || !mayPush) return false;
  const isKnown = digestOfVersion(last) === claim.result || isEquivalent(last, claim, claimed);
  return !isKnown && (await olderVersion(gid, claim, claimed)).kind === 'nothing';
}

function isEquivalent(version: Version, { result }: Claim, { subscribersWrite }: Claimed): boolean {
  if (subscribersWrite === undefined) return false;
  return digestOfVersion(withDocument(version, subscribersWrite(version.document))) === result;
}

/** Which version of this log that is still kept as a revision the subscriber names; nothing, where none is. */
async function olderVersion(gid: Gid, claim: Claim, { reader, root }: Claimed): Promise<Held> {
  const history = await reader.history(gid, { limit: historyLimit });
  const older = history.find(
    ({ state, version }) => state === 'present' && digestOfVersion(toCollection(version, root)) === claim.result,
  );
  return older === undefined ? holdsNothing : { kind: 'revision', seq: older.seq };
}

/** Which version of this log the subscriber names; where none, the last one counts: the subscriber has one of the object, and must hear that this has left. */
async function olderOrLast(gid: Gid, claim: Claim, claimed: Claimed): Promise<Held> {
  const known = await knownVersion(gid, claim, claimed);
  if (known.kind !== 'nothing') return known;
  return holdsVersion(lastVersion(claimed));
}
