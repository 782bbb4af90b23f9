import type { Command, SyncMlMessage } from '../../syncml/message.ts';
import type { Status } from '../../syncml/status.ts';
import type { Sync, SyncCommand } from '../../syncml/sync.ts';
import type { Alert } from '../../syncml/alert.ts';
import { StatusCode } from '../../syncml/status.ts';
import type { Item } from '../../syncml/item.ts';
import { ProtocolError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import { parseGid } from '../../objects/gid.ts';
import type { Change } from '../change.ts';
import type { PartialDocument } from '../subscription.ts';
import type { ItemAnswer } from './statuses.ts';
import { changeOf, conflictType, typeOf } from './change-item.ts';
import type { KeptPieces, OpenDocument } from './piece-joiner.ts';
import { isPieceOf, PieceJoiner } from './piece-joiner.ts';

/** A command with the changes that it carries, in the order of its items. */
export interface ReadCommand {
  readonly command: SyncCommand;
  readonly changes: readonly Change[];
  /** Answered already: pieces of a document that is not complete, or does not fit together. */
  readonly answers: readonly ItemAnswer[];
  readonly notes: readonly string[];
  /** What is said of the notes in it; undefined where there are none. */
  readonly noteCode: StatusCode | undefined;
}

/** The Sync of a message, read. */
export interface ReadSync {
  readonly sync: Sync | undefined;
  readonly commands: readonly ReadCommand[];
  readonly partial: PartialDocument | undefined;
  /** Documents whose pieces are more than may be; all of them have come. */
  readonly tooLarge: readonly Change[];
  /** Objects of which a conflict's note is too large; all of it has come. */
  readonly tooLargeNotes: readonly Gid[];
  readonly pieces: KeptPieces | undefined;
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

/** For a message of which nothing is kept: no document goes on in it. */
export const nothingOpen: OpenDocument = { partial: undefined, pieces: [], maxOctets: Infinity };

/** Whether the message has the last piece of the document, so that those before are needed to read it. */
export function endsDocument(message: SyncMlMessage, partial: PartialDocument | undefined): boolean {
  if (partial === undefined || partial.isRefused) return false;
  const commands = firstOf(message, 'Sync')?.commands ?? [];
  return commands.some((command) =>
    itemsOf(command).some((item) => isPieceOf(item, noteIn(item, command), partial) && item.moreData !== true),
  );
}

/** Reads the changes of a message; `epoch` is the sender's. Pieces are joined to what came before. @throws ProtocolError CON-S001 */
export function readSync(message: SyncMlMessage, epoch: string, document: OpenDocument): ReadSync {
  const sync = firstOf(message, 'Sync');
  const reader = new SyncReader(epoch, document);
  const commands = (sync?.commands ?? []).map((command) => reader.read(command));
  return { sync, commands, ...reader.result() };
}

/** Reads the commands of one message, one after the other. Owns what is open. */
class SyncReader {
  readonly #epoch: string;
  readonly #joiner: PieceJoiner;
  readonly #tooLarge: Change[] = [];
  readonly #tooLargeNotes: Gid[] = [];

  constructor(epoch: string, document: OpenDocument) {
    this.#epoch = epoch;
    this.#joiner = new PieceJoiner(document);
  }

  read(command: SyncCommand): ReadCommand {
    const changes: Change[] = [];
    const answers: ItemAnswer[] = [];
    const notes: string[] = [];
    let noteCode: StatusCode | undefined;
    for (const item of itemsOf(command)) {
      const note = noteIn(item, command);
      if (note === undefined) {
        const read = this.#change(item, command);
        if ('code' in read) answers.push(read);
        else changes.push(read);
        continue;
      }
      const read = this.#note(item, note);
      if (typeof read === 'string') notes.push(read);
      noteCode = typeof read === 'string' ? (noteCode ?? StatusCode.Ok) : read;
    }
    return { command, changes, answers, notes, noteCode };
  }

  result(): Pick<ReadSync, 'partial' | 'pieces' | 'tooLarge' | 'tooLargeNotes'> {
    return { tooLarge: this.#tooLarge, tooLargeNotes: this.#tooLargeNotes, ...this.#joiner.result() };
  }

  /** The change, or what is answered of a piece of it. */
  #change(item: Item, command: SyncCommand): Change | ItemAnswer {
    const joined = this.#joiner.join(item);
    if (typeof joined !== 'number') return changeOf(joined, command, this.#epoch);
    const change = changeOf({ ...item, data: '' }, command, this.#epoch);
    if (joined === StatusCode.EntityTooLarge && item.moreData !== true) this.#tooLarge.push(change);
    return { gid: change.gid, code: joined };
  }

  /** The note's text, or what is answered of a piece of it. A refused note is no word on its object. */
  #note(item: Item, note: string): string | StatusCode {
    const joined = this.#joiner.join(item, note);
    if (typeof joined !== 'number') return joined.data ?? '';
    if (joined === StatusCode.SizeMismatch)
      throw new ProtocolError('CON-S001', "The pieces of a conflict's note do not fit together");
    const gid = parseGid(item.source?.locUri ?? '');
    if (joined === StatusCode.EntityTooLarge && item.moreData !== true && gid !== undefined)
      this.#tooLargeNotes.push(gid);
    return joined;
  }
}

function itemsOf(command: SyncCommand): readonly Item[] {
  return 'items' in command ? command.items : [];
}

/** Which conflict's note an item is, or a piece of; undefined when it is none. */
function noteIn(item: Item, command: SyncCommand): string | undefined {
  return typeOf(item, command) === conflictType ? (item.source?.locName ?? '') : undefined;
}
