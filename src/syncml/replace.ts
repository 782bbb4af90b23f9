import type { Cred } from './cred.ts';
import type { Item } from './item.ts';
import type { Meta } from './meta.ts';

/** Replaces items of a datastore, and adds those that the receiver does not know (SyncML Representation 1.2, Replace). `meta` holds for all items that have none of their own. */
export interface Replace {
  readonly kind: 'Replace';
  readonly cmdId: string;
  readonly noResp?: true;
  readonly cred?: Cred;
  readonly meta?: Meta;
  readonly items: readonly Item[];
}
