import { ProtocolError } from '../../errors/concord-error.ts';
import type { ContentType, DataStore, DevInf, Ext } from '../devinf.ts';
import type { MessageLimits } from '../limits.ts';
import { defaultMessageLimits } from '../limits.ts';
import type { Draft, SyncMlElement } from './element.ts';
import { childOf, requiredChild, sizeOf, tokenOf } from './element.ts';
import { readElements } from './element-reader.ts';

/** The largest seen was 23 kB, from a phone that lists every property of its address book. */
const devInfLimits: MessageLimits = { ...defaultMessageLimits, maxOctets: 1024 * 1024, maxElements: 50_000 };

/**
 * What the DevInf in an item's data says; version 1.0 to 1.2, parts in any order, unknown parts left out. Text that a peer leaves out is empty.
 * @throws ProtocolError CON-X00n when it is not XML or too large, CON-S001 when it is no DevInf
 */
export function decodeDevInf(text: string): DevInf {
  const root = readElements(text, devInfLimits);
  if (root.name !== 'DevInf') throw new ProtocolError('CON-S001', 'the device information is XML, but no DevInf');
  const devInf: Draft<DevInf> = { verDtd: '1.2', devId: '', devTyp: '', dataStores: [] };
  for (const part of root.children) readFlag(devInf, part);
  for (const part of root.children) readName(devInf, part);
  devInf.dataStores = childrenOf(root, 'DataStore').map(readDataStore);
  const ext = childrenOf(root, 'Ext').map(readExt);
  return ext.length === 0 ? devInf : { ...devInf, ext };
}

function readFlag(devInf: Draft<DevInf>, part: SyncMlElement): void {
  if (part.name === 'UTC') devInf.utc = true;
  else if (part.name === 'SupportLargeObjs') devInf.supportLargeObjs = true;
  else if (part.name === 'SupportNumberOfChanges') devInf.supportNumberOfChanges = true;
}

function readName(devInf: Draft<DevInf>, part: SyncMlElement): void {
  switch (part.name) {
    case 'VerDTD':
      devInf.verDtd = tokenOf(part);
      break;
    case 'Man':
      devInf.man = part.text;
      break;
    case 'Mod':
      devInf.mod = part.text;
      break;
    case 'SwV':
      devInf.swV = part.text;
      break;
    case 'DevID':
      devInf.devId = part.text;
      break;
    case 'DevTyp':
      devInf.devTyp = tokenOf(part);
      break;
    default:
      break;
  }
}

function readDataStore(element: SyncMlElement): DataStore {
  const store: Draft<DataStore> = {
    sourceRef: requiredChild(element, 'SourceRef').text,
    rxPref: readType(childOf(element, 'Rx-Pref')),
    txPref: readType(childOf(element, 'Tx-Pref')),
    syncTypes: readSyncTypes(childOf(element, 'SyncCap')),
  };
  const displayName = childOf(element, 'DisplayName');
  if (displayName !== undefined) store.displayName = displayName.text;
  const rx = childrenOf(element, 'Rx').map(readType);
  const tx = childrenOf(element, 'Tx').map(readType);
  if (rx.length > 0) store.rx = rx;
  if (tx.length > 0) store.tx = tx;
  return store;
}

function readType(element: SyncMlElement | undefined): ContentType {
  return { ctType: textOf(element, 'CTType'), verCt: textOf(element, 'VerCT') };
}

function textOf(element: SyncMlElement | undefined, name: string): string {
  const child = element === undefined ? undefined : childOf(element, name);
  return child === undefined ? '' : tokenOf(child);
}

function readSyncTypes(element: SyncMlElement | undefined): number[] {
  const types: number[] = [];
  for (const child of element?.children ?? []) {
    const type = child.name === 'SyncType' ? sizeOf(child) : undefined;
    if (type !== undefined) types.push(type);
  }
  return types;
}

function readExt(element: SyncMlElement): Ext {
  return { xNam: textOf(element, 'XNam'), xVals: childrenOf(element, 'XVal').map(tokenOf) };
}

function childrenOf(element: SyncMlElement, name: string): SyncMlElement[] {
  return element.children.filter((child) => child.name === name);
}
