import { InvariantError } from '../../errors/concord-error.ts';
import type { Add } from '../add.ts';
import type { Alert } from '../alert.ts';
import type { Atomic } from '../atomic.ts';
import type { DeleteCommand } from '../delete-command.ts';
import type { Get } from '../get.ts';
import type { MapCommand } from '../map-command.ts';
import type { Command } from '../message.ts';
import type { Put } from '../put.ts';
import type { Replace } from '../replace.ts';
import type { Results } from '../results.ts';
import type { Sequence } from '../sequence.ts';
import type { Status } from '../status.ts';
import type { Sync } from '../sync.ts';
import {
  encodeChal,
  encodeCred,
  encodeFlag,
  encodeItems,
  encodeLocation,
  encodeMeta,
  encodeText,
} from './encode-item.ts';

/**
 * The XML of one command, parts in the standard's order, to stand in a SyncBody, Sync, Sequence or Atomic.
 * @throws InvariantError for a command that is only read (`Other`), and for text that XML cannot express
 */
export function encodeCommand(command: Command): string {
  switch (command.kind) {
    case 'Add':
    case 'Replace':
      return encodeChange(command);
    case 'Delete':
      return encodeDelete(command);
    case 'Status':
      return encodeStatus(command);
    case 'Alert':
      return encodeAlert(command);
    case 'Sync':
      return encodeSync(command);
    case 'Map':
      return encodeMap(command);
    case 'Put':
    case 'Get':
      return encodePutOrGet(command);
    case 'Results':
      return encodeResults(command);
    case 'Sequence':
    case 'Atomic':
      return encodeGroup(command);
    case 'Other':
      throw new InvariantError('CON-I001', 'a command that can only be read was to be written', {
        command: command.name,
      });
    default:
      return command satisfies never;
  }
}

function encodeHead(command: { readonly cmdId: string; readonly noResp?: true }): string {
  return encodeText('CmdID', command.cmdId) + encodeFlag('NoResp', command.noResp);
}

function encodeChange(command: Add | Replace): string {
  const head = encodeHead(command) + encodeCred(command.cred) + encodeMeta(command.meta);
  return `<${command.kind}>${head}${encodeItems(command.items)}</${command.kind}>`;
}

function encodeDelete(command: DeleteCommand): string {
  const flags = encodeFlag('Archive', command.archive) + encodeFlag('SftDel', command.sftDel);
  const head = encodeHead(command) + flags + encodeCred(command.cred) + encodeMeta(command.meta);
  return `<Delete>${head}${encodeItems(command.items)}</Delete>`;
}

function encodeStatus(status: Status): string {
  let refs = encodeText('MsgRef', status.msgRef) + encodeText('CmdRef', status.cmdRef) + encodeText('Cmd', status.cmd);
  if (status.targetRefs !== undefined) for (const ref of status.targetRefs) refs += encodeText('TargetRef', ref);
  if (status.sourceRefs !== undefined) for (const ref of status.sourceRefs) refs += encodeText('SourceRef', ref);
  const access = encodeCred(status.cred) + encodeChal(status.chal);
  return `<Status>${encodeText('CmdID', status.cmdId)}${refs}${access}${encodeText('Data', status.code)}${encodeItems(status.items)}</Status>`;
}

function encodeAlert(alert: Alert): string {
  const head =
    encodeHead(alert) +
    encodeCred(alert.cred) +
    encodeText('Data', alert.code) +
    encodeText('Correlator', alert.correlator);
  return `<Alert>${head}${encodeItems(alert.items)}</Alert>`;
}

/** Everything of a Sync before its commands, with the start tag. */
function encodeSyncStart(sync: Sync): string {
  const addresses = encodeLocation('Target', sync.target) + encodeLocation('Source', sync.source);
  const head = encodeHead(sync) + encodeCred(sync.cred) + addresses + encodeMeta(sync.meta);
  return `<Sync>${head}${encodeText('NumberOfChanges', sync.numberOfChanges)}`;
}

function encodeSync(sync: Sync): string {
  let text = encodeSyncStart(sync);
  for (const command of sync.commands) text += encodeCommand(command);
  return `${text}</Sync>`;
}

function encodeGroup(group: Sequence<Command> | Atomic<Command>): string {
  let text = `<${group.kind}>${encodeHead(group)}${encodeMeta(group.meta)}`;
  for (const command of group.commands) text += encodeCommand(command);
  return `${text}</${group.kind}>`;
}

function encodeMap(map: MapCommand): string {
  let text =
    encodeText('CmdID', map.cmdId) + encodeLocation('Target', map.target) + encodeLocation('Source', map.source);
  text += encodeCred(map.cred) + encodeMeta(map.meta);
  for (const { target, source } of map.mapItems) {
    text += `<MapItem>${encodeLocation('Target', target)}${encodeLocation('Source', source)}</MapItem>`;
  }
  return `<Map>${text}</Map>`;
}

function encodePutOrGet(command: Put | Get): string {
  const head =
    encodeHead(command) + encodeText('Lang', command.lang) + encodeCred(command.cred) + encodeMeta(command.meta);
  return `<${command.kind}>${head}${encodeItems(command.items)}</${command.kind}>`;
}

function encodeResults(results: Results): string {
  const refs = encodeText('MsgRef', results.msgRef) + encodeText('CmdRef', results.cmdRef);
  const addresses = encodeText('TargetRef', results.targetRef) + encodeText('SourceRef', results.sourceRef);
  const head = encodeText('CmdID', results.cmdId) + refs + encodeMeta(results.meta) + addresses;
  return `<Results>${head}${encodeItems(results.items)}</Results>`;
}
