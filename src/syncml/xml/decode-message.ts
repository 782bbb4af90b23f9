import { ProtocolError } from '../../errors/concord-error.ts';
import type { MessageLimits } from '../limits.ts';
import { defaultMessageLimits } from '../limits.ts';
import type { Command, SyncHdr, SyncMlMessage } from '../message.ts';
import { readCommand } from './decode-command.ts';
import { nameOf, readCredElement, readLocation, readMeta, settledItem } from './decode-item.ts';
import type { Draft, SyncMlElement } from './element.ts';
import { childOf, numberOf, requiredChild, tokenOf } from './element.ts';
import { readElements } from './element-reader.ts';

/**
 * The message that an XML document holds. Strict about XML; lenient about SyncML, because real peers are: versions 1.0 to 1.2, namespaces
 * missing or misplaced, parts in any order, white space around tokens, unknown parts (left out). It says nothing about what the message asks for.
 * @throws ProtocolError CON-X001 (not XML), CON-X002 (over a limit), CON-X003 (DOCTYPE) or CON-S001 (XML, but not SyncML)
 */
export function decodeMessage(text: string, limits: MessageLimits = defaultMessageLimits): SyncMlMessage {
  const root = readElements(text, limits, (element) => settledItem(element, limits));
  if (root.name !== 'SyncML') throw new ProtocolError('CON-S001', 'the document is XML, but no SyncML message');
  const header = readHeader(requiredChild(root, 'SyncHdr'), limits);
  const body: Command[] = [];
  const elements = requiredChild(root, 'SyncBody').children;
  for (const element of elements) {
    const command = readCommand(element, limits);
    if (command !== undefined) body.push(command);
  }
  return { header, body, isFinal: elements.some((element) => element.name === 'Final') };
}

function readHeader(element: SyncMlElement, limits: MessageLimits): SyncHdr {
  const header: Draft<SyncHdr> = {
    verDtd: versionOf(element, 'VerDTD', '1.2'),
    verProto: versionOf(element, 'VerProto', 'SyncML/1.2'),
    sessionId: nameOf(requiredChild(element, 'SessionID'), limits).trim(),
    msgId: numberOf(requiredChild(element, 'MsgID'), 'SyncHdr'),
    target: readLocation(requiredChild(element, 'Target'), limits),
    source: readLocation(requiredChild(element, 'Source'), limits),
  };
  for (const part of element.children) {
    if (part.name === 'RespURI') header.respUri = nameOf(part, limits);
    else if (part.name === 'NoResp') header.noResp = true;
    else if (part.name === 'Cred') header.cred = readCredElement(part, limits);
    else if (part.name === 'Meta') header.meta = readMeta(part, limits);
  }
  return header;
}

function versionOf(element: SyncMlElement, name: string, otherwise: string): string {
  const version = childOf(element, name);
  return version === undefined ? otherwise : tokenOf(version);
}
