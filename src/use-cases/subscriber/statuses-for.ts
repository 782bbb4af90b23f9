import type { ReadSync } from '../../synchronization/wire/read-commands.ts';
import { openingAlert } from '../../synchronization/wire/read-commands.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { statusesOf } from '../../synchronization/wire/statuses.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import type { Status } from '../../syncml/status.ts';
import { StatusCode } from '../../syncml/status.ts';
import { headerStatus } from '../exchange/reply.ts';

const unnumbered = '0';

/** The Statuses for all that an answer brought, in its order; they are numbered when they are sent. */
export function statusesFor(
  message: SyncMlMessage,
  changes: ReadSync,
  taken: readonly ItemAnswer[],
): readonly Status[] {
  const { msgId } = message.header;
  const accepted = (cmd: string, cmdRef: string, code: StatusCode = StatusCode.Ok): Status => ({
    kind: 'Status',
    cmdId: unnumbered,
    msgRef: msgId,
    cmdRef,
    cmd,
    code,
  });
  const statuses: Status[] = [headerStatus(message, unnumbered, StatusCode.Ok)];
  const alert = openingAlert(message);
  if (alert !== undefined) statuses.push(accepted('Alert', alert.cmdId));
  if (changes.sync !== undefined) statuses.push(accepted('Sync', changes.sync.cmdId));
  const byGid = new Map(taken.map((answer) => [answer.gid, answer]));
  for (const { command, ...read } of changes.commands) {
    const answers = [...read.answers, ...read.changes.flatMap((change) => byGid.get(change.gid) ?? [])];
    if (read.noteCode !== undefined)
      statuses.push(accepted(command.kind === 'Other' ? command.name : command.kind, command.cmdId, read.noteCode));
    else statuses.push(...statusesOf({ command, message: msgId, answers }, () => unnumbered));
  }
  return statuses;
}
