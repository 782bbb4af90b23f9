import type { Cred } from './cred.ts';
import type { Item } from './item.ts';
import type { Meta } from './meta.ts';

/** Adds items to a datastore (SyncML Representation 1.2, Add). `meta` holds for all items that have none of their own. */
export interface Add {
  readonly kind: 'Add';
  readonly cmdId: string;
  readonly noResp?: true;
  readonly cred?: Cred;
  readonly meta?: Meta;
  readonly items: readonly Item[];
}
