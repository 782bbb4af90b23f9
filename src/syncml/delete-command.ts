import type { Cred } from './cred.ts';
import type { Item } from './item.ts';
import type { Meta } from './meta.ts';

/** Deletes items of a datastore (SyncML Representation 1.2, Delete). */
export interface DeleteCommand {
  readonly kind: 'Delete';
  readonly cmdId: string;
  readonly noResp?: true;
  /** The receiver is asked to archive the items first. */
  readonly archive?: true;
  /** Soft delete: the items leave the receiver's set but live on elsewhere; between Concord sites, they left the publication's query. */
  readonly sftDel?: true;
  readonly cred?: Cred;
  readonly meta?: Meta;
  readonly items: readonly Item[];
}
