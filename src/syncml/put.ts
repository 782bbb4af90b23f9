import type { Cred } from './cred.ts';
import type { Item } from './item.ts';
import type { Meta } from './meta.ts';

/** Hands data to the receiver, in practice the sender's DevInf (SyncML Representation 1.2, Put). */
export interface Put {
  readonly kind: 'Put';
  readonly cmdId: string;
  readonly noResp?: true;
  readonly lang?: string;
  readonly cred?: Cred;
  readonly meta?: Meta;
  readonly items: readonly Item[];
}
