import type { ContentType, DataStore, DevInf, Ext } from '../devinf.ts';
import { encodeFlag, encodeText } from './encode-item.ts';
import { devInfNamespace } from './namespaces.ts';

/** The DevInf element with its namespace, parts in the order of version 1.2: the markup of an item's data in Put and Results. */
export function encodeDevInf(devInf: DevInf): string {
  const names = encodeText('Man', devInf.man) + encodeText('Mod', devInf.mod) + encodeText('SwV', devInf.swV);
  const device =
    encodeText('DevID', devInf.devId) + encodeText('DevTyp', devInf.devTyp) + encodeFlag('UTC', devInf.utc);
  const sizes =
    encodeFlag('SupportLargeObjs', devInf.supportLargeObjs) +
    encodeFlag('SupportNumberOfChanges', devInf.supportNumberOfChanges);
  const stores = devInf.dataStores.map(encodeDataStore).join('');
  const extensions = (devInf.ext ?? []).map(encodeExt).join('');
  const start = `<DevInf xmlns="${devInfNamespace}">${encodeText('VerDTD', devInf.verDtd)}`;
  return `${start}${names}${device}${sizes}${stores}${extensions}</DevInf>`;
}

function encodeDataStore(store: DataStore): string {
  const names = encodeText('SourceRef', store.sourceRef) + encodeText('DisplayName', store.displayName);
  const takes = encodeType('Rx-Pref', store.rxPref) + (store.rx ?? []).map((type) => encodeType('Rx', type)).join('');
  const gives = encodeType('Tx-Pref', store.txPref) + (store.tx ?? []).map((type) => encodeType('Tx', type)).join('');
  const types = store.syncTypes.map((type) => encodeText('SyncType', type)).join('');
  return `<DataStore>${names}${takes}${gives}<SyncCap>${types}</SyncCap></DataStore>`;
}

function encodeType(name: string, type: ContentType): string {
  return `<${name}>${encodeText('CTType', type.ctType)}${encodeText('VerCT', type.verCt)}</${name}>`;
}

function encodeExt(ext: Ext): string {
  return `<Ext>${encodeText('XNam', ext.xNam)}${ext.xVals.map((value) => encodeText('XVal', value)).join('')}</Ext>`;
}
