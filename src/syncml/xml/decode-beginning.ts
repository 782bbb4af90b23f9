import { ProtocolError } from '../../errors/concord-error.ts';
import { defaultMessageLimits } from '../limits.ts';
import type { SyncMlMessage } from '../message.ts';
import { decodeMessage } from './decode-message.ts';

/** No header of a peer comes near; a message up to here is read as a whole. */
export const beginningOctets = 64 * 1024;

const name = (local: string): string => String.raw`((?:[\w.-]{1,100}:)?${local})`;
const rootTag = new RegExp(String.raw`<${name('SyncML')}[\s>]`);
const bodyTag = new RegExp(String.raw`<${name('SyncBody')}[\s>]`);
const endOfHeader = new RegExp(String.raw`</${name('SyncHdr')}\s*>`);
const endOfAlert = new RegExp(String.raw`</${name('Alert')}\s*>`);

/**
 * What a large message says before its first document: who sends it, and the Alert that it opens a session with. Costs the same whatever the size, so that it can be
 * asked for before anybody has shown who it is. A message that is not large is read as a whole.
 * @throws ProtocolError as `decodeMessage`, and CON-S001 where no header ends early enough, or that is not UTF-8
 */
export function decodeBeginning(octets: Uint8Array): SyncMlMessage {
  return octets.length <= beginningOctets ? decodeText(octets, '') : decodeCutOff(octets);
}

/** The same of a message of any size that cannot be read as a whole. @throws ProtocolError as `decodeBeginning` */
export function decodeCutOff(octets: Uint8Array): SyncMlMessage {
  // One character for each octet, so that places in it are places in the octets.
  const text = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.length, beginningOctets)).toString(
    'latin1',
  );
  const [, root] = rootTag.exec(text) ?? [];
  const header = endOfHeader.exec(text);
  if (root === undefined || header === null)
    throw new ProtocolError('CON-S001', `The message has no header in its first ${beginningOctets} octets`);
  const headerEnd = header.index + header[0].length;
  const body = (header[1] ?? '').replace('SyncHdr', 'SyncBody');
  return (
    upToAlert(octets, { text, headerEnd, root }) ??
    decodeText(octets.subarray(0, headerEnd), `<${body}></${body}></${root}>`)
  );
}

/** Undefined where no Alert stands at the beginning of the body. */
function upToAlert(
  octets: Uint8Array,
  { text, headerEnd, root }: { readonly text: string; readonly headerEnd: number; readonly root: string },
): SyncMlMessage | undefined {
  const rest = text.slice(headerEnd);
  const [, body] = bodyTag.exec(rest) ?? [];
  const alert = endOfAlert.exec(rest);
  if (body === undefined || alert === null) return undefined;
  try {
    return decodeText(octets.subarray(0, headerEnd + alert.index + alert[0].length), `</${body}></${root}>`);
  } catch (cause) {
    // It stands within another command, or in what is only text.
    if (cause instanceof ProtocolError) return undefined;
    throw cause;
  }
}

function decodeText(octets: Uint8Array, end: string): SyncMlMessage {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch (cause) {
    throw new ProtocolError('CON-S001', 'The message is not UTF-8', { cause });
  }
  return decodeMessage(`${text}${end}`, defaultMessageLimits);
}
