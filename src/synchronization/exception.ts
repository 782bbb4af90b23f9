import type { Field } from '../objects/edit.ts';
import type { Version } from '../objects/version.ts';

/**
 * What is remembered about one object and one peer, where the checkpoint alone would say it wrong (engine.md §3). `holds` is the version that the peer
 * holds; undefined when it holds none.
 */
export type Exception =
  /** At the publisher: a version came from this subscriber whose outcome is another one; open until the subscriber has taken in position `outcome`. */
  | {
      readonly reason: 'received';
      readonly holds: Version | undefined;
      readonly epoch: string;
      readonly number: number;
      readonly outcome: number;
    }
  /** At the publisher: sent, and answered 409. */
  | { readonly reason: 'not-taken'; readonly holds: Version | undefined; readonly received: ReceivedChange | undefined }
  /** At the publisher, during a comparison: the subscriber said that it holds this. */
  | { readonly reason: 'held'; readonly holds: Version | undefined; readonly wasAgreed: boolean }
  /** The subscriber asked for the whole document, because a change did not fit; or the publisher did. */
  | { readonly reason: 'wanted'; readonly holds: Version | undefined }
  /** Kept back by mode, strategy or right. */
  | { readonly reason: 'withheld'; readonly by: 'mode' | 'strategy' | 'right'; readonly holds: Version | undefined }
  /** The peer refused it for good reason; shown until the object changes again. */
  | { readonly reason: 'refused'; readonly code: string; readonly holds: Version | undefined }
  /** At the subscriber: a publisher's version that waits for the own edit to be sent. */
  | { readonly reason: 'waits'; readonly clashes: readonly Field[]; readonly holds: Version | undefined };

/** Where a change that was received stands in the subscriber's log, and where its outcome stands in the publisher's. */
export interface ReceivedChange {
  readonly epoch: string;
  readonly number: number;
  readonly outcome: number;
}
