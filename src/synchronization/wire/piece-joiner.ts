import type { Item } from '../../syncml/item.ts';
import { joinPieces } from '../../syncml/pieces.ts';
import { StatusCode } from '../../syncml/status.ts';
import type { PartialDocument } from '../subscription.ts';

/** What is known of a document whose pieces have begun to come, and how large one may be. */
export interface OpenDocument {
  readonly partial: PartialDocument | undefined;
  /** The pieces that have come, when this message ends it (`endsDocument`). */
  readonly pieces: readonly string[];
  readonly maxOctets: number;
}

/** What becomes of the pieces that are kept: the first `from` stay, these come behind. */
export interface KeptPieces {
  readonly from: number;
  readonly texts: readonly string[];
}

/** A conflict's note holds three values, any of them as large as a document, and JSON writes them longer. */
const noteFactor = 8;

/** Whether an item goes on with what is open; `note`: the conflict whose note it is, undefined when it is a document. */
export function isPieceOf(item: Item, note: string | undefined, open: PartialDocument): boolean {
  // Only the first piece says the size: it begins anew.
  return item.source?.locUri === open.gid && note === open.note && item.meta?.size === undefined;
}

/** Joins the pieces of one message to those before it. Owns what is open. */
export class PieceJoiner {
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

  /** The item, whole; or the Status of a piece. `note`: the conflict whose note it is, undefined when it is a document. */
  join(item: Item, note?: string): Item | StatusCode {
    const open = this.#partial !== undefined && isPieceOf(item, note, this.#partial) ? this.#partial : undefined;
    const isPiece = item.moreData === true;
    if (!isPiece && open === undefined) {
      this.#close();
      return item;
    }
    const text = item.data ?? '';
    const { pieces, octets, size } = open ?? { pieces: 0, octets: 0, size: item.meta?.size };
    if (open === undefined) this.#close();
    const now = octets + Buffer.byteLength(text, 'utf8');
    const maxOctets = note === undefined ? this.#maxOctets : this.#maxOctets * noteFactor;
    const isRefused = open?.isRefused === true || Math.max(now, size ?? 0) > maxOctets;
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
    const kept = isRefused ? 0 : pieces + 1;
    this.#partial = { gid, ...(note !== undefined && { note }), pieces: kept, octets: now, size, isRefused };
    this.#hasChanged = true;
    return isRefused ? StatusCode.EntityTooLarge : StatusCode.ChunkAccepted;
  }

  /** What is open now, and what becomes of the kept pieces; undefined where nothing does. */
  result(): { readonly partial: PartialDocument | undefined; readonly pieces: KeptPieces | undefined } {
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
