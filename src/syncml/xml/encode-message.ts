import type { SyncHdr, SyncMlMessage } from '../message.ts';
import { encodeCommand } from './encode-command.ts';
import { encodeCred, encodeFlag, encodeLocation, encodeMeta, encodeText } from './encode-item.ts';
import { syncMlNamespace } from './namespaces.ts';

/**
 * The message as an XML document in SyncML 1.2, elements in the order of the standard. The same message always gives the same text. The
 * standard wants at least one command in a body; whoever builds messages sees to that.
 * @throws InvariantError for a command that is only read (`Other`), and for text that XML cannot express
 */
export function encodeMessage(message: SyncMlMessage): string {
  let body = '';
  for (const command of message.body) body += encodeCommand(command);
  const final = message.isFinal ? '<Final/>' : '';
  const start = `<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="${syncMlNamespace}">`;
  return `${start}${encodeHeader(message.header)}<SyncBody>${body}${final}</SyncBody></SyncML>`;
}

function encodeHeader(header: SyncHdr): string {
  const versions = encodeText('VerDTD', header.verDtd) + encodeText('VerProto', header.verProto);
  const ids = encodeText('SessionID', header.sessionId) + encodeText('MsgID', header.msgId);
  const addresses = encodeLocation('Target', header.target) + encodeLocation('Source', header.source);
  const answer = encodeText('RespURI', header.respUri) + encodeFlag('NoResp', header.noResp);
  return `<SyncHdr>${versions}${ids}${addresses}${answer}${encodeCred(header.cred)}${encodeMeta(header.meta)}</SyncHdr>`;
}
