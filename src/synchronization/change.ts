import type { Edits } from '../objects/edit.ts';
import type { Gid } from '../objects/gid.ts';
import type { Version } from '../objects/version.ts';
import type { Digest } from '../xml/digest.ts';
import type { Exception } from './exception.ts';

/**
 * The version that a change starts from: its digest, and the publisher's log position at which the two sides agreed on it. `seen`: the position that the maker of the
 * change had, where that is an earlier one, because the edit was carried over onto this version (ADR 0038).
 */
export interface Base {
  readonly digest: Digest;
  readonly position: number;
  readonly seen?: number | undefined;
}

/** The document of a change: whole, as an XUpdate on the base's document, or the base's own. */
export type ChangedDocument =
  | { readonly form: 'whole'; readonly text: string }
  | { readonly form: 'xupdate'; readonly text: string }
  | { readonly form: 'same' };

/** An envelope; what is undefined is as in the base. */
export interface ChangedEnvelope {
  readonly parent: Gid | undefined;
  readonly id: string | undefined;
  readonly type: string | undefined;
}

/**
 * One object's change on its way between two sites (engine.md §4). `number` is the position in the sender's own log. `base` undefined: the sender knows of no
 * version that the receiver has. `closes` names conflicts that this change settles. `over`, of a subscriber: the last of its own versions that came between, newest first (ADR 0039).
 */
export type Change =
  | {
      readonly kind: 'put';
      readonly gid: Gid;
      readonly number: number;
      readonly base: Base | undefined;
      readonly result: Digest;
      readonly envelope: ChangedEnvelope;
      readonly document: ChangedDocument;
      readonly edits: Edits;
      readonly closes: readonly string[];
      /** Of a publisher: the result is only what it could store of the receiver's version with this digest. The two are equivalent, and nobody's edit (engine.md §4). */
      readonly equivalent?: Digest | undefined;
      /** Of a subscriber: it left there in a log that the publisher has lost, and is told in case the publisher has lost it, too (ADR 0031). */
      readonly hasLeft?: true | undefined;
      readonly over?: readonly Digest[] | undefined;
    }
  | {
      readonly kind: 'delete' | 'leave';
      readonly gid: Gid;
      readonly number: number;
      readonly base: Base | undefined;
      readonly over?: readonly Digest[] | undefined;
      readonly edits: Edits;
      readonly closes: readonly string[];
      /** Of a publisher: the gid that the object has there now, where it leaves because it has given this one up (ADR 0045). */
      readonly knownAs?: Gid | undefined;
    }
  /** Only closes conflicts. */
  | { readonly kind: 'close'; readonly gid: Gid; readonly number: number; readonly closes: readonly string[] }
  /** In a comparison: the sender has this version, and names it instead of sending it. */
  | { readonly kind: 'have'; readonly gid: Gid; readonly number: number; readonly claim: Claim };

/** What is said of an object instead of sending it. `key` is the conduit's; `wasAgreed`: the sender once held it in agreement with the receiver. */
export interface Claim {
  readonly result: Digest;
  readonly documentDigest: Digest;
  readonly parent: Gid;
  readonly id: string;
  readonly type: string;
  readonly key: string | undefined;
  readonly wasAgreed: boolean;
  /** Of a publisher: what the subscriber's conduit writes of it has this digest. */
  readonly equivalent?: Digest | undefined;
}

/** A change that puts an object. */
export type Put = Extract<Change, { readonly kind: 'put' }>;
/** A change that takes an object away: deleted everywhere, or gone from the collection only. */
export type Removal = Extract<Change, { readonly kind: 'delete' | 'leave' }>;

/** An object whose state the peer does not hold: what it holds, and what is here. */
export interface Difference {
  readonly gid: Gid;
  readonly held: Version | undefined;
  /** The newest version; in a removal the last one that was present. */
  readonly version: Version;
  readonly state: 'present' | 'deleted' | 'left';
  readonly number: number;
  /** What the peer holds, as the change names it; a deletion too, where the object is put again. */
  readonly base: Base | undefined;
  readonly edits: Edits;
  /** Sent before, and it is not known what came of it: so it goes whole. */
  readonly isInFlight: boolean;
  /** What was remembered of it and the peer; sending it answers that. */
  readonly exception: Exception | undefined;
  /** Digest of what the peer holds, where this is only what could be stored of that. */
  readonly equivalent?: Digest | undefined;
  /** It is not here any more: the peer said that it left, in a log that the peer has lost. So it goes whole. */
  readonly hasLeft?: true;
  /** Digests of the own versions that stood here since what the peer holds, newest first. */
  readonly over?: readonly Digest[];
  /** It has given its gid up here, and stands under this one. */
  readonly knownAs?: Gid | undefined;
}
