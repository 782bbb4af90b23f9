import type { Cred } from './cred.ts';
import type { Location } from './item.ts';
import type { Meta } from './meta.ts';

/** One pair of identities: the server's GUID in `target`, the client's LUID in `source` (SyncML Representation 1.2, MapItem). */
export interface MapItem {
  readonly target: Location;
  readonly source: Location;
}

/** Tells the server under which LUIDs the client keeps the items that the server added (SyncML Representation 1.2, Map). */
export interface MapCommand {
  readonly kind: 'Map';
  readonly cmdId: string;
  readonly target: Location;
  readonly source: Location;
  readonly cred?: Cred;
  readonly meta?: Meta;
  readonly mapItems: readonly MapItem[];
}
