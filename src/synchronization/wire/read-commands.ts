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
  /** Documents whose pieces are more than may be; all of them have come. */
  readonly tooLarge: readonly Change[];
  /** What becomes of the kept pieces: the first `from` stay, these come behind. Undefined when nothing does. */
  readonly pieces: { readonly from: number; readonly texts: readonly string[] } | undefined;
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

/** What is known of a document whose pieces have begun to come, and how large one may be. */
export interface OpenDocument {
  readonly partial: PartialDocument | undefined;
  /** The pieces that have come, when this message ends it (`endsDocument`). */
  readonly pieces: readonly string[];
  readonly maxOctets: number;
}

/** For a message of which nothing is kept: no document goes on in it. */
export const nothingOpen: OpenDocument = { partial: undefined, pieces: [], maxOctets: Infinity };

/** Whether the message has the last piece of the document, so that those before are needed to read it. */
export function endsDocument(message: SyncMlMessage, partial: PartialDocument | undefined): boolean {
  if (partial === undefined || partial.isRefused) return false;
  const commands = firstOf(message, 'Sync')?.commands ?? [];
  const items = commands.flatMap((command) => ('items' in command ? command.items : []));
  return items.some((item) => isPieceOf(item, partial) && item.moreData !== true);
}

/** Reads the changes of a message; `epoch` is the sender's. Pieces are joined to what came before. @throws ProtocolError CON-S001 */
export function readSync(message: SyncMlMessage, epoch: string, document: OpenDocument): ReadSync {
  const sync = firstOf(message, 'Sync');
  const joiner = new PieceJoiner(document);
  const commands: ReadCommand[] = [];
  const tooLarge: Change[] = [];
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
      const joined = joiner.join(item);
      const change = changeOf(typeof joined === 'number' ? { ...item, data: '' } : joined, command, epoch);
      if (typeof joined !== 'number') read.changes.push(change);
      else read.answers.push({ gid: change.gid, code: joined });
      if (joined === StatusCode.EntityTooLarge && item.moreData !== true) tooLarge.push(change);
    }
    commands.push(read);
  }
  return { sync, commands, tooLarge, ...joiner.result() };
}

function isPieceOf(item: Item, { gid }: PartialDocument): boolean {
  // Only the first piece says the size: it begins anew.
  return item.source?.locUri === gid && item.meta?.size === undefined;
}

/** Joins the pieces of one message to those before it. Owns what is open. */
class PieceJoiner {
  readonly #maxOctets: number;
  readonly #before: readonly string[];
  #partial: PartialDocument | undefined;
  /** Of what is open: the first of the kept pieces that stay, and those that come behind. */
  #from: number;
  #texts: string[] = [];
  #hasChanged = false;

  constructor({ partial, pieces, maxOctets }: OpenDocument) {
    this.#maxOctets = maxOctets;
    this.#partial = partial;
    this.#before = pieces;
    this.#from = partial?.pieces ?? 0;
  }

  /** The item, whole; or the Status of a piece. */
  join(item: Item): Item | StatusCode {
    const open = this.#partial !== undefined && isPieceOf(item, this.#partial) ? this.#partial : undefined;
    const isPiece = item.moreData === true;
    if (!isPiece && open === undefined) {
      this.#close();
      return item;
    }
    const text = item.data ?? '';
    const { pieces, octets, size } = open ?? { pieces: 0, octets: 0, size: item.meta?.size };
    if (open === undefined) this.#close();
    const now = octets + Buffer.byteLength(text, 'utf8');
    const isRefused = open?.isRefused === true || Math.max(now, size ?? 0) > this.#maxOctets;
    if (!isPiece) {
      const texts = [...this.#before.slice(0, this.#from), ...this.#texts, text];
      this.#close();
      if (isRefused) return StatusCode.EntityTooLarge;
      const joined = joinPieces(texts, size);
      return joined.state === 'mismatch' ? StatusCode.SizeMismatch : { ...item, data: joined.data };
    }
    const gid = item.source?.locUri ?? '';
    if (isRefused) this.#close();
    else this.#texts.push(text);
    this.#partial = { gid, pieces: isRefused ? 0 : pieces + 1, octets: now, size, isRefused };
    this.#hasChanged = true;
    return isRefused ? StatusCode.EntityTooLarge : StatusCode.ChunkAccepted;
  }

  result(): Pick<ReadSync, 'partial' | 'pieces'> {
    const pieces = this.#hasChanged ? { from: this.#from, texts: this.#texts } : undefined;
    return { partial: this.#partial, pieces };
  }

  #close(): void {
    if (this.#partial === undefined) return;
    this.#partial = undefined;
    this.#from = 0;
    this.#texts = [];
    this.#hasChanged = true;
  }
}
