import type { Cred } from './cred.ts';
import type { Item } from './item.ts';
import type { Meta } from './meta.ts';

/** Asks the receiver for data, in practice its DevInf; answered by Results (SyncML Representation 1.2, Get). */
export interface Get {
  readonly kind: 'Get';
  readonly cmdId: string;
  readonly noResp?: true;
  readonly lang?: string;
  readonly cred?: Cred;
  readonly meta?: Meta;
  readonly items: readonly Item[];
}
