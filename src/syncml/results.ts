import type { Item } from './item.ts';
import type { Meta } from './meta.ts';

/** The answer to a Get (SyncML Representation 1.2, Results). */
export interface Results {
  readonly kind: 'Results';
  readonly cmdId: string;
  /** MsgID of the message with the Get; absent when it is the message just before. */
  readonly msgRef?: number;
  readonly cmdRef: string;
  readonly meta?: Meta;
  readonly targetRef?: string;
  readonly sourceRef?: string;
  readonly items: readonly Item[];
}
