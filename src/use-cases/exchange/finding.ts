import type { Gid } from '../../objects/gid.ts';
import type { Difference } from '../../synchronization/change.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Cursor } from '../../synchronization/subscription.ts';

/** What `differences` finds, in the order in which it is to be sent: what is there first, in log order; deletions last. */
export type Finding =
  | { readonly kind: 'difference'; readonly difference: Difference; readonly cursor: Cursor }
  | {
      readonly kind: 'withheld';
      readonly gid: Gid;
      /** What was remembered of it before, and what is to be now: that it is on its way, when the peer has what it should have all the same. */
      readonly before: Exception | undefined;
      readonly exception: Exception;
      readonly cursor: Cursor;
    };

/** A finding, wherever it was found. */
export type Found = Finding extends infer Kind ? (Kind extends Finding ? Omit<Kind, 'cursor'> : never) : never;
