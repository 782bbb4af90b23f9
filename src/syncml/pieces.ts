import { InvariantError } from '../errors/concord-error.ts';
import type { Item } from './item.ts';
import { StatusCode } from './status.ts';

/** The start and end of a CDATA section. */
const sectionOctets = 12;
/** Below this no piece could hold even the longest character. */
const leastOctets = 32;

/**
 * Where the piece of a text ends that begins at `start` and takes at most `maxOctets` in a message, CDATA section and escapes included (and so at most that many
 * in UTF-8). Never between the halves of a surrogate pair; at least one character further on, but at the end. Looks at no more of the text than that piece.
 * @throws InvariantError when there is no room for even one character
 */
export function endOfPiece(text: string, start: number, maxOctets: number): number {
  if (maxOctets < leastOctets) throw new InvariantError('CON-I001', 'there is no room for a piece of an object');
  const isEscaped = text.slice(start, start + maxOctets).includes('\r');
  let room = maxOctets - sectionOctets;
  let at = start;
  while (at < text.length) {
    room -= encodedOctets(text, at, isEscaped);
    if (room < 0) break;
    at += isPair(text, at) ? 2 : 1;
  }
  return at;
}

/** A piece of an item, and where in its data the next one begins; undefined when this is the last. */
export interface CutItem {
  readonly item: Item;
  readonly next: number | undefined;
}

/**
 * The piece of a large item that begins at `start`, for a message of its own (SyncML Representation 1.2, MoreData): each has the address, the first one
 * Meta/Size, all but the last MoreData. An item that fits is given as it is.
 */
export function cutItem(item: Item, start: number, maxOctets: number): CutItem {
  const text = item.data ?? '';
  const end = endOfPiece(text, start, maxOctets);
  const isLast = end === text.length;
  if (start === 0 && isLast) return { item, next: undefined };
  // Half a markup is no markup, so pieces always travel as text.
  const { dataIsMarkup: _, meta, ...address } = item;
  const size = start === 0 ? { size: Buffer.byteLength(text, 'utf8') } : {};
  const piece = {
    ...address,
    ...(start === 0 || meta !== undefined ? { meta: { ...meta, ...size } } : {}),
    data: text.slice(start, end),
    ...(isLast ? {} : { moreData: true as const }),
  };
  return { item: piece, next: isLast ? undefined : end };
}

/** What came of joining pieces. */
export type Joined =
  | { readonly state: 'whole'; readonly data: string }
  | { readonly state: 'mismatch'; readonly code: typeof StatusCode.SizeMismatch };

/** The data of all pieces, checked against the Size of the first; peers that send none (ERP5) are not checked. */
export function joinPieces(pieces: readonly string[], size: number | undefined): Joined {
  const data = pieces.join('');
  if (size !== undefined && Buffer.byteLength(data, 'utf8') !== size)
    return { state: 'mismatch', code: StatusCode.SizeMismatch };
  return { state: 'whole', data };
}

/** At most the octets that the character at an index takes in Data, whichever way the piece with it will be written. */
function encodedOctets(text: string, at: number, isEscaped: boolean): number {
  const code = text.charCodeAt(at);
  if (code > 0x7f) return code <= 0x7ff ? 2 : isPair(text, at) ? 4 : 3;
  // The end mark of a CDATA section is cut in two sections; any other `>` takes four octets at most, escaped.
  if (code === 0x3e) return at >= 2 && text.startsWith(']]', at - 2) ? 1 + sectionOctets : 4;
  if (isEscaped && (code === 0x26 || code === 0x0d)) return 5;
  return isEscaped && code === 0x3c ? 4 : 1;
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}
