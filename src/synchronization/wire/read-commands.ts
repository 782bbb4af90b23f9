import type { Command, SyncMlMessage } from '../../syncml/message.ts';
import type { Status } from '../../syncml/status.ts';
import type { Sync, SyncCommand } from '../../syncml/sync.ts';
import type { Alert } from '../../syncml/alert.ts';
import { joinPieces } from '../../syncml/pieces.ts';
import { StatusCode } from '../../syncml/status.ts';
import type { Item } from '../../syncml/item.ts';
import type { Change } from '../change.ts';
import type { PartialDocument } from '../subscription.ts';
import type { ItemAnswer } from './statuses.ts';
import { changeOf, conflictType, typeOf } from './change-item.ts';

/** A command with the changes that it carries, in the order of its items. */
export interface ReadCommand {
  readonly command: SyncCommand;
  readonly changes: readonly Change[];
  /** Answered already: pieces of a document that is not complete, or does not fit together. */
  readonly answers: readonly ItemAnswer[];
  readonly notes: readonly string[];
}

/** The Sync of a message, read. */
export interface ReadSync {
  readonly sync: Sync | undefined;
  readonly commands: readonly ReadCommand[];
  readonly partial: PartialDocument | undefined;
}

/** The first command of a kind at the top of a message. */
function firstOf<Kind extends Command['kind']>(
  message: SyncMlMessage,
  kind: Kind,
): Extract<Command, { readonly kind: Kind }> | undefined {
  return message.body.find((command): command is Extract<Command, { readonly kind: Kind }> => command.kind === kind);
}

/** All Statuses of a message. */
export function statusesIn(message: SyncMlMessage): readonly Status[] {
  return message.body.filter((command): command is Status => command.kind === 'Status');
}

/** The Alert that opens or answers a session: not one that only asks for the next message. */
export function openingAlert(message: SyncMlMessage): Alert | undefined {
  return message.body.find(
    (command): command is Alert => command.kind === 'Alert' && command.code >= 200 && command.code < 211,
  );
}

/** Reads the changes of a message; `epoch` is the sender's. Pieces are joined to what came before, in `partial`. @throws ProtocolError CON-S001 */
export function readSync(message: SyncMlMessage, epoch: string, partial: PartialDocument | undefined): ReadSync {
  const sync = firstOf(message, 'Sync');
  let open = partial;
  const commands: ReadCommand[] = [];
  for (const command of sync?.commands ?? []) {
    const read = {
      command,
      changes: new Array<Change>(),
      answers: new Array<ItemAnswer>(),
      notes: new Array<string>(),
    };
    for (const item of 'items' in command ? command.items : []) {
      if (typeOf(item, command) === conflictType) {
        read.notes.push(item.data ?? '');
        continue;
      }
      const joined = joinItem(item, open);
      open = joined.partial;
      const change = changeOf(joined.item, command, epoch);
      if (joined.code === undefined) read.changes.push(change);
      else read.answers.push({ gid: change.gid, code: joined.code });
    }
    commands.push(read);
  }
  return { sync, commands, partial: open };
}

interface JoinedItem {
  readonly item: Item;
  readonly partial: PartialDocument | undefined;
  readonly code: StatusCode | undefined;
}

function joinItem(item: Item, open: PartialDocument | undefined): JoinedItem {
  const gid = item.source?.locUri ?? '';
  const isContinued = open?.gid === gid;
  if (item.moreData !== true && !isContinued) return { item, partial: undefined, code: undefined };
  const texts = [...(isContinued ? open.texts : []), item.data ?? ''];
  const size = isContinued ? open.size : item.meta?.size;
  if (item.moreData === true) return { item, partial: { gid, texts, size }, code: StatusCode.ChunkAccepted };
  const joined = joinPieces(texts, size);
  if (joined.state === 'mismatch') return { item, partial: undefined, code: StatusCode.SizeMismatch };
  return { item: { ...item, data: joined.data }, partial: undefined, code: undefined };
}
