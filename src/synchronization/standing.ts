import type { Edit, Edits, Field } from '../objects/edit.ts';
import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import type { StatusCode } from '../syncml/status.ts';
import type { Digest } from '../xml/digest.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import type { Conflict, Side } from './conflict.ts';
import type { Decided } from './known-edits.ts';
import type { Policy } from './publication.ts';

/** What the publisher has of an object when a subscriber's change of it arrives. Versions are those of the collection. */
export interface Standing {
  /** In the collection now. */
  readonly present: Version | undefined;
  /** The last version that was there, when the object is gone. */
  readonly last: Version | undefined;
  /** What the change starts from: the version it names, or the one received before it whose outcome the subscriber has not seen. */
  readonly base: Version | undefined;
  /** False when the version that the change names is in no log here: then nothing can be said of who changed what. */
  readonly isBaseKnown: boolean;
  /** The sequence number of the deletion that the sender knew when it put the object again. */
  readonly knownDeletion: number | undefined;
  /** Newest first; empty when `present` is the base and the update policy is ASK, for then nobody asks. */
  readonly history: readonly Revision[];
  /** The edit that keeps something below it that the sender did not delete. */
  readonly child: Edit | undefined;
  /** Conflicts that the change settles. */
  readonly closing: readonly Conflict[];
  /** Of conflicts that it would settle and that were settled here before. */
  readonly decided: readonly Decided[];
  readonly isSubscribersObject: boolean;
  /** Up to where the maker of the change had this site's log, where that is known apart from the base (ADR 0038). */
  readonly seenUpTo?: number | undefined;
  /** The change comes under another gid, by which its maker may have had the object twice: two edits of that site need not follow one another. */
  readonly isApart?: boolean;
}

/** By what the publisher decides. */
export interface Rules {
  readonly conflictPolicy: Policy;
  readonly updatePolicy: Policy;
  readonly keys: KeyRules | undefined;
  readonly limits?: XmlLimits | undefined;
  readonly now: number;
  /** The sender may know of conflicts that were known here and are lost; else whoever may push could make them up. */
  readonly takesBack: boolean;
}

/** A conflict as it is found, before it gets an id. */
export interface Note {
  readonly field: Field;
  readonly base: string | undefined;
  readonly publisher: Side;
  readonly subscriber: Side;
  readonly state: 'open' | 'settled';
  /** It came second: what was decided here first stands. */
  readonly isSecond?: boolean;
  /** It was known here, and lost: whoever tells of it is not the one whose edit it is. */
  readonly isReturned?: boolean;
}

/** What the publisher makes of a change: what is written, what is noted, and how the sender is answered. */
export interface Received {
  readonly write: { readonly state: 'present' | 'deleted'; readonly version: Version } | undefined;
  readonly edits: Edits;
  readonly notes: readonly Note[];
  readonly code: StatusCode;
  /** The outcome is exactly what the subscriber has, so nothing goes back. */
  readonly isExact: boolean;
  /** The outcome is all that this site can store of what the subscriber has. */
  readonly isEquivalent?: boolean;
}

/** A version that arrives, with the edits that made it out of its base. `over`: which of a subscriber's own versions came between, newest first (ADR 0039). */
export interface Arrival {
  readonly version: Version;
  readonly edits: Edits;
  readonly over?: readonly Digest[] | undefined;
}

/** What a change meets, and by what it is decided about. */
export interface Situation {
  readonly standing: Standing;
  readonly rules: Rules;
}
