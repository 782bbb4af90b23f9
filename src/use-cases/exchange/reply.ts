import type { SyncHdr, SyncMlMessage } from '../../syncml/message.ts';
import type { Status } from '../../syncml/status.ts';

/** The header of the answer to a message: its addresses the other way round, the same session and message. */
export function replyHeader({ header }: SyncMlMessage, maxMessageOctets?: number): SyncHdr {
  return {
    verDtd: '1.2',
    verProto: 'SyncML/1.2',
    sessionId: header.sessionId,
    msgId: header.msgId,
    target: { locUri: header.source.locUri },
    source: { locUri: header.target.locUri },
    ...(maxMessageOctets !== undefined && { meta: { maxMsgSize: maxMessageOctets } }),
  };
}

/** The Status of a message's header, which says how the whole message was taken. */
export function headerStatus({ header }: SyncMlMessage, cmdId: string, code: number): Status {
  return {
    kind: 'Status',
    cmdId,
    msgRef: header.msgId,
    cmdRef: '0',
    cmd: 'SyncHdr',
    targetRefs: [header.target.locUri],
    sourceRefs: [header.source.locUri],
    code,
  };
}

/** Numbers commands from 1. */
export function commandNumbers(): () => string {
  let last = 0;
  return () => {
    last += 1;
    return String(last);
  };
}
