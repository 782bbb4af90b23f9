import type { Cred } from './cred.ts';
import type { Item } from './item.ts';

/**
 * Alert codes (SyncML Representation 1.2, "Alert Codes"; the sync types as SyncML DS Protocol 1.2, "Sync Types", defines them). Not to be mixed up
 * with status codes of the same number.
 */
export const AlertCode = {
  // "User interaction"
  Display: 100,
  // "Synchronization initialization": asked for by the client
  TwoWay: 200,
  SlowSync: 201,
  OneWayFromClient: 202,
  RefreshFromClient: 203,
  OneWayFromServer: 204,
  RefreshFromServer: 205,
  // "Server alerted synchronization": announced by the server
  TwoWayByServer: 206,
  OneWayFromClientByServer: 207,
  RefreshFromClientByServer: 208,
  OneWayFromServerByServer: 209,
  RefreshFromServerByServer: 210,
  // "Special": about packages and sessions
  ResultAlert: 221,
  NextMessage: 222,
  NoEndOfData: 223,
  Suspend: 224,
  Resume: 225,
} as const;

/** A code of the table. */
export type AlertCode = (typeof AlertCode)[keyof typeof AlertCode];

/** A notice to the other side, above all the wish to synchronize a datastore (SyncML Representation 1.2, Alert). */
export interface Alert {
  readonly kind: 'Alert';
  readonly cmdId: string;
  readonly noResp?: true;
  readonly cred?: Cred;
  /** One of `AlertCode`, or whatever number the peer sent. */
  readonly code: number;
  readonly correlator?: string;
  readonly items: readonly Item[];
}
