import type { Field, FieldEdit } from '../objects/edit.ts';
import type { Version } from '../objects/version.ts';

/**
 * What a peer holds of one object, where it is not what the checkpoint says: nothing, a version of the own log (by its sequence number), or one that
 * the own log does not have.
 */
export type Held =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'revision'; readonly seq: number }
  | { readonly kind: 'version'; readonly version: Version };

/** Where a change that was received stands in the subscriber's log, and where its outcome stands in the publisher's. `overruled`: what of its edits does not stand, where nothing was written. */
export interface ReceivedChange {
  readonly epoch: string;
  readonly number: number;
  readonly outcome: number;
  readonly overruled?: readonly FieldEdit[];
}

/** Who keeps a change back. `brake`: it is one of too many deletions, and waits for permission (engine.md §8). */
export type WithheldBy = 'mode' | 'strategy' | 'right' | 'brake';

/** What is remembered about one object and one peer, where the checkpoint alone would say it wrong (engine.md §3). */
export type Exception =
  /** At the publisher: this came from the subscriber, and its outcome is another version; open until the subscriber has taken in `outcome`. */
  | {
      readonly reason: 'received';
      readonly holds: Held;
      readonly received: ReceivedChange;
      /** The outcome is what came, as far as this site's conduit can store it. */
      readonly equivalent?: true;
    }
  /** At the publisher: sent, and answered 409. */
  | { readonly reason: 'not-taken'; readonly holds: Held; readonly received: ReceivedChange | undefined }
  /** At the publisher, during a comparison: the subscriber said that it holds this. */
  | { readonly reason: 'held'; readonly holds: Held }
  /** At the publisher: something above it has come into the query or left it, and it goes the same way without having changed; open until that is taken in. */
  | { readonly reason: 'with-parent'; readonly holds: Held }
  /** The peer asked for the whole document, because a change did not fit. */
  | { readonly reason: 'wanted'; readonly holds: Held }
  /** Kept back here; it flows when the setting changes or permission is given. */
  | {
      readonly reason: 'withheld';
      readonly by: WithheldBy;
      readonly holds: Held;
      /** What the peer has is not certain, and may differ where `holds` does not: something was sent of which nothing was heard, or the peer wants the whole. */
      readonly isInFlight?: true;
    }
  /** The peer refused it for good reason; shown until the object changes again. */
  | { readonly reason: 'refused'; readonly code: number; readonly holds: Held }
  /** At the subscriber: a publisher's version was not taken in, because it clashes with an edit that has not been sent. */
  | { readonly reason: 'waits'; readonly clashes: readonly Field[]; readonly holds: Held }
  /** At the subscriber: a publisher's object was not taken in, because it stands elsewhere in this site, where it is none of this publisher's business. */
  | { readonly reason: 'elsewhere'; readonly holds: Held };

/** Those that a person should know of: the others are what a sync has in hand, and go with it. */
export const standingReasons = [
  'withheld',
  'refused',
  'waits',
  'not-taken',
  'elsewhere',
] as const satisfies Exception['reason'][];

/** For what a peer has nothing of. */
export const holdsNothing: Held = { kind: 'nothing' };

/** The version itself, for what the own log does not have. */
export function holdsVersion(version: Version | undefined): Held {
  return version === undefined ? holdsNothing : { kind: 'version', version };
}
