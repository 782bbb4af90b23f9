import type { Gid } from '../../objects/gid.ts';
import type { FieldChange } from '../../synchronization/fields.ts';
import type { SessionKind } from '../../synchronization/subscription.ts';

/** What a sync would do with one object. */
export interface PlannedChange {
  readonly gid: Gid;
  /** Where it is here, or its id where it is not here yet. */
  readonly path: string;
  readonly action: 'create' | 'update' | 'delete';
  readonly fields: readonly FieldChange[];
  /**
   * What becomes of it: taken in plainly, merged with the publisher's, in conflict with it, or kept back. `both`: both sides changed it, and whether that merges
   * shows when the documents are exchanged.
   */
  readonly outcome: 'plain' | 'merged' | 'conflict' | 'both' | 'refused' | 'withheld';
}

/** What a sync would do. */
export interface SyncPlan {
  readonly kind: SessionKind;
  readonly send: readonly PlannedChange[];
  readonly receive: readonly PlannedChange[];
  /** False when there is more than one message could tell, or the publisher does not let this account see what it has. */
  readonly isComplete: boolean;
  /** How many objects each side has, when everything is to be compared. */
  readonly members: { readonly publisher: number; readonly subscriber: number } | undefined;
  /** Given to `runSync`, the plan is carried out exactly, or refused when something has moved. */
  readonly name: string;
}
