import type { Chal, Cred } from '../cred.ts';
import type { Item } from '../item.ts';
import type { MapCommand, MapItem } from '../map-command.ts';
import type { Command } from '../message.ts';
import type { MessageLimits } from '../limits.ts';
import type { Meta } from '../meta.ts';
import type { OtherCommand } from '../other-command.ts';
import type { Results } from '../results.ts';
import type { Status } from '../status.ts';
import type { Sync, SyncCommand } from '../sync.ts';
import type { Draft, SyncMlElement } from './element.ts';
import { childOf, numberOf, requiredChild, sizeOf, tokenOf } from './element.ts';
import { nameOf, readChalElement, readCredElement, readItem, readLocation, readMeta } from './decode-item.ts';

/**
 * The command that an element of a SyncBody holds, or undefined where it is none (Final, or an unknown element without a CmdID). Its parts may come
 * in any order.
 * @throws ProtocolError CON-S001 when it lacks what it cannot do without, CON-X002 when it is over a limit
 */
export function readCommand(element: SyncMlElement, limits: MessageLimits): Command | undefined {
  switch (element.name) {
    case 'Status':
      return readStatus(element, limits);
    case 'Sync':
      return readSync(element, limits);
    case 'Alert':
      return { kind: 'Alert', ...readHead(element, limits), ...readAlertParts(element, limits) };
    case 'Map':
      return { kind: 'Map', ...readMapParts(element, limits) };
    case 'Put':
    case 'Get':
      return {
        kind: element.name,
        ...readHead(element, limits),
        ...readLang(element),
        items: readItems(element, limits),
      };
    case 'Results':
      return readResults(element, limits);
    case 'Sequence':
    case 'Atomic':
      return { kind: element.name, ...readHead(element, limits), commands: readAll(element, limits, readCommand) };
    default:
      return readSyncCommand(element, limits);
  }
}

/** The command that an element of a Sync holds; one that has no place there is `Other`. */
function readSyncCommand(element: SyncMlElement, limits: MessageLimits): SyncCommand | undefined {
  switch (element.name) {
    case 'Add':
    case 'Replace':
      return { kind: element.name, ...readHead(element, limits), items: readItems(element, limits) };
    case 'Delete':
      return {
        kind: 'Delete',
        ...readHead(element, limits),
        ...readDeleteFlags(element),
        items: readItems(element, limits),
      };
    case 'Sequence':
    case 'Atomic':
      return { kind: element.name, ...readHead(element, limits), commands: readAll(element, limits, readSyncCommand) };
    default:
      return readOther(element);
  }
}

/** What is not known as a command is one if it has a CmdID by which it can be answered. */
function readOther(element: SyncMlElement): OtherCommand | undefined {
  const cmdId = childOf(element, 'CmdID');
  if (cmdId === undefined) return undefined;
  const other: OtherCommand = { kind: 'Other', name: element.name, cmdId: tokenOf(cmdId) };
  return childOf(element, 'NoResp') === undefined ? other : { ...other, noResp: true };
}

function readAll<C>(
  element: SyncMlElement,
  limits: MessageLimits,
  read: (child: SyncMlElement, limits: MessageLimits) => C | undefined,
): C[] {
  const commands: C[] = [];
  for (const child of element.children) {
    const command = read(child, limits);
    if (command !== undefined) commands.push(command);
  }
  return commands;
}

interface Head {
  readonly cmdId: string;
  readonly noResp?: true;
  readonly cred?: Cred;
  readonly meta?: Meta;
}

function readHead(element: SyncMlElement, limits: MessageLimits): Head {
  const head: Draft<Head> = { cmdId: tokenOf(requiredChild(element, 'CmdID')) };
  for (const part of element.children) {
    if (part.name === 'NoResp') head.noResp = true;
    else if (part.name === 'Cred') head.cred = readCredElement(part, limits);
    else if (part.name === 'Meta') head.meta = readMeta(part, limits);
  }
  return head;
}

function readItems(element: SyncMlElement, limits: MessageLimits): Item[] {
  const items: Item[] = [];
  for (const part of element.children) if (part.name === 'Item') items.push(readItem(part, limits));
  return items;
}

function readDeleteFlags(element: SyncMlElement): { readonly archive?: true; readonly sftDel?: true } {
  return {
    ...(childOf(element, 'Archive') === undefined ? {} : { archive: true }),
    ...(childOf(element, 'SftDel') === undefined ? {} : { sftDel: true }),
  };
}

function readLang(element: SyncMlElement): { readonly lang?: string } {
  const lang = childOf(element, 'Lang');
  return lang === undefined ? {} : { lang: tokenOf(lang) };
}

function readAlertParts(
  element: SyncMlElement,
  limits: MessageLimits,
): { code: number; correlator?: string; items: Item[] } {
  const code = numberOf(requiredChild(element, 'Data'), 'Alert');
  const correlator = childOf(element, 'Correlator');
  const items = readItems(element, limits);
  return correlator === undefined ? { code, items } : { code, correlator: nameOf(correlator, limits), items };
}

function readSync(element: SyncMlElement, limits: MessageLimits): Sync {
  const sync: Draft<Sync> = { kind: 'Sync', ...readHead(element, limits), commands: [] };
  const commands: SyncCommand[] = [];
  let count: number | undefined;
  for (const part of element.children) {
    if (part.name === 'Target') sync.target = readLocation(part, limits);
    else if (part.name === 'Source') sync.source = readLocation(part, limits);
    else if (part.name === 'NumberOfChanges') count = sizeOf(part);
    else {
      const command = readSyncCommand(part, limits);
      if (command !== undefined) commands.push(command);
    }
  }
  sync.commands = commands;
  if (count !== undefined) sync.numberOfChanges = count;
  return sync;
}

function readStatus(element: SyncMlElement, limits: MessageLimits): Status {
  const targetRefs: string[] = [];
  const sourceRefs: string[] = [];
  const items: Item[] = [];
  let access: { readonly cred?: Cred; readonly chal?: Chal } = {};
  for (const part of element.children) {
    if (part.name === 'TargetRef') targetRefs.push(nameOf(part, limits));
    else if (part.name === 'SourceRef') sourceRefs.push(nameOf(part, limits));
    else if (part.name === 'Item') items.push(readItem(part, limits));
    else if (part.name === 'Cred') access = { ...access, cred: readCredElement(part, limits) };
    else if (part.name === 'Chal') access = { ...access, chal: readChalElement(part, limits) };
  }
  const status: Draft<Status> = { kind: 'Status', ...readReferences(element), ...access };
  if (targetRefs.length > 0) status.targetRefs = targetRefs;
  if (sourceRefs.length > 0) status.sourceRefs = sourceRefs;
  if (items.length > 0) status.items = items;
  return status;
}

function readReferences(element: SyncMlElement): Pick<Status, 'cmdId' | 'msgRef' | 'cmdRef' | 'cmd' | 'code'> {
  return {
    cmdId: tokenOf(requiredChild(element, 'CmdID')),
    msgRef: numberOf(requiredChild(element, 'MsgRef'), 'Status'),
    cmdRef: tokenOf(requiredChild(element, 'CmdRef')),
    cmd: tokenOf(requiredChild(element, 'Cmd')),
    code: numberOf(requiredChild(element, 'Data'), 'Status'),
  };
}

function readMapParts(element: SyncMlElement, limits: MessageLimits): Omit<MapCommand, 'kind'> {
  const { cmdId, cred, meta } = readHead(element, limits);
  const mapItems: MapItem[] = [];
  for (const part of element.children) if (part.name === 'MapItem') mapItems.push(readPair(part, limits));
  const access = { ...(cred === undefined ? {} : { cred }), ...(meta === undefined ? {} : { meta }) };
  return { cmdId, ...readPair(element, limits), ...access, mapItems };
}

function readPair(element: SyncMlElement, limits: MessageLimits): MapItem {
  return {
    target: readLocation(requiredChild(element, 'Target'), limits),
    source: readLocation(requiredChild(element, 'Source'), limits),
  };
}

function readResults(element: SyncMlElement, limits: MessageLimits): Results {
  const cmdId = tokenOf(requiredChild(element, 'CmdID'));
  const cmdRef = tokenOf(requiredChild(element, 'CmdRef'));
  const results: Draft<Results> = { kind: 'Results', cmdId, cmdRef, items: readItems(element, limits) };
  for (const part of element.children) {
    if (part.name === 'MsgRef') results.msgRef = numberOf(part, 'Results');
    else if (part.name === 'Meta') results.meta = readMeta(part, limits);
    else if (part.name === 'TargetRef') results.targetRef = nameOf(part, limits);
    else if (part.name === 'SourceRef') results.sourceRef = nameOf(part, limits);
  }
  return results;
}
