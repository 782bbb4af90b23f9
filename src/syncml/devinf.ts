import type { Item } from './item.ts';

/** Sync types in SyncCap (SyncML Device Information 1.2, SyncType). */
export const SyncType = {
  TwoWay: 1,
  SlowSync: 2,
  OneWayFromClient: 3,
  RefreshFromClient: 4,
  OneWayFromServer: 5,
  RefreshFromServer: 6,
  ServerAlerted: 7,
} as const;

/** A media type with its version (SyncML Device Information 1.2, CTType and VerCT). */
export interface ContentType {
  readonly ctType: string;
  readonly verCt: string;
}

/** What one datastore takes and gives (SyncML Device Information 1.2, DataStore). Property lists (CTCap) are not kept. */
export interface DataStore {
  readonly sourceRef: string;
  readonly displayName?: string;
  readonly rxPref: ContentType;
  readonly rx?: readonly ContentType[];
  readonly txPref: ContentType;
  readonly tx?: readonly ContentType[];
  /** Of `SyncType`, or a peer's private numbers. */
  readonly syncTypes: readonly number[];
}

/** An extension (SyncML Device Information 1.2, Ext). */
export interface Ext {
  readonly xNam: string;
  readonly xVals: readonly string[];
}

/** What a device or site can do (SyncML Device Information 1.2, DevInf). */
export interface DevInf {
  readonly verDtd: string;
  readonly man?: string;
  readonly mod?: string;
  readonly swV?: string;
  readonly devId: string;
  readonly devTyp: string;
  /** Times may be sent in UTC. */
  readonly utc?: true;
  /** Objects may be sent in pieces. */
  readonly supportLargeObjs?: true;
  /** NumberOfChanges is wanted. */
  readonly supportNumberOfChanges?: true;
  readonly dataStores: readonly DataStore[];
  readonly ext?: readonly Ext[];
}

/** Where a DevInf 1.2 lives, as LocURI of Put, Get and Results. */
export const devInfUri = './devinf12';

/** The media type of a DevInf in XML. */
export const devInfType = 'application/vnd.syncml-devinf+xml';

const extensionName = 'X-Concord';

/** Concord's savings beyond the standard, each used only towards a peer that offers it. */
export const ConcordFeature = {
  /** Changes may come with the Alert, in the first message. */
  ChangesInFirstMessage: 'changes-in-first-message',
  /** A Replace may carry an XUpdate instead of the document. */
  XUpdate: 'xupdate',
  /** Changes name the digests of base and result, and lists of digests may stand for documents. */
  Digests: 'digests',
} as const;

/** The extension that offers the features. */
export function offerFeatures(features: readonly string[]): Ext {
  return { xNam: extensionName, xVals: features };
}

/** The features of Concord that a peer offers; those unknown here too. Empty for any other peer. */
export function offeredFeatures(devInf: DevInf): ReadonlySet<string> {
  const offers = devInf.ext?.filter((ext) => ext.xNam === extensionName) ?? [];
  return new Set(offers.flatMap((ext) => ext.xVals));
}

/** The item that carries an encoded DevInf in Put or Results. */
export function devInfItem(encoded: string): Item {
  return { source: { locUri: devInfUri }, meta: { type: devInfType }, data: encoded, dataIsMarkup: true };
}
