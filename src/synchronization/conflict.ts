import type { Edit, Field } from '../objects/edit.ts';
import type { Gid } from '../objects/gid.ts';
import type { PeerNumber } from '../objects/revision.ts';

/** One side of a conflict: the value of the field there (undefined: the field is not there, or the object is deleted), and the edit that made it. */
export interface Side {
  readonly value: string | undefined;
  readonly edit: Edit;
}

/**
 * A note on one field of one object that both sides changed differently (engine.md §5). The publisher's value stands meanwhile; the other is kept here.
 * `open` waits for a decision, `closing` is decided here and not yet sent to the publisher, `settled` is history.
 */
export interface Conflict {
  /** Global: made by the publisher, the same in every copy. */
  readonly id: string;
  /** The peer whose edit did not stand (at the publisher), or from whose list this copy came (at a subscriber). */
  readonly peer: PeerNumber;
  readonly role: 'publisher' | 'subscriber';
  readonly gid: Gid;
  readonly field: Field;
  readonly base: string | undefined;
  readonly publisher: Side;
  readonly subscriber: Side;
  readonly state: 'open' | 'closing' | 'settled';
  readonly settledBy: 'person' | 'policy' | 'equal-values' | undefined;
  readonly openedAt: number;
  /** How a person, or a rule of this site, settled it here; kept for as long as it can be taken back. */
  readonly settlement?: SettlementNote | undefined;
}

/** What was decided on a conflict, and when. */
export interface SettlementNote {
  readonly choice: 'publisher' | 'subscriber' | 'other';
  readonly at: number;
  readonly by: string;
  /** The rule that decided; undefined: a person did. */
  readonly rule?: string | undefined;
  /** The sequence number of the revision that it wrote; undefined where the publisher's value only went on standing. */
  readonly wrote?: number | undefined;
  /** The sequence number of the revision that it was decided on, where it wrote none: what was edited later was not decided on. */
  readonly stood?: number | undefined;
  /** Notes of others on the same field, whose values this has made equal: they open again when it is taken back. */
  readonly closed?: readonly string[] | undefined;
  /** What it was settled under together with others; begins with a place in the list of conflicts behind which all of them stand. */
  readonly batch?: string | undefined;
}
