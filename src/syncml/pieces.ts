import { InvariantError } from '../errors/concord-error.ts';
import type { Item } from './item.ts';
import { StatusCode } from './status.ts';

/** The start and end of a CDATA section. */
const sectionOctets = 12;
/** Below this no piece could hold even the longest character. */
const leastOctets = 32;

/**
 * Cuts text into pieces of which each takes at most `maxOctets` in a message, CDATA section and escapes included (and so at most that many
 * in UTF-8); the first at most `firstOctets`, for the room that is left in a message. Never cuts between the halves of a surrogate pair. The
 * pieces together are the text; an empty text is one empty piece.
 * @throws InvariantError when there is no room for even one character
 */
export function cutText(text: string, maxOctets: number, firstOctets: number = maxOctets): string[] {
  if (Math.min(maxOctets, firstOctets) < leastOctets)
    throw new InvariantError('CON-I001', 'there is no room for a piece of an object');
  const isEscaped = text.includes('\r');
  const pieces: string[] = [];
  let start = 0;
  let room = firstOctets - sectionOctets;
  for (let at = 0; at < text.length;) {
    const octets = encodedOctets(text, at, isEscaped);
    if (octets > room) {
      pieces.push(text.slice(start, at));
      start = at;
      room = maxOctets - sectionOctets;
    }
    room -= octets;
    at += isPair(text, at) ? 2 : 1;
  }
  pieces.push(text.slice(start));
  return pieces;
}

/**
 * The items, one for each message, in which a large item travels (SyncML Representation 1.2, MoreData): all with its address, the first with
 * Meta/Size, all but the last with MoreData. An item that fits is returned as it is.
 */
export function cutItem(item: Item, maxOctets: number, firstOctets: number = maxOctets): readonly Item[] {
  const pieces = cutText(item.data ?? '', maxOctets, firstOctets);
  if (pieces.length === 1) return [item];
  // Half a markup is no markup, so pieces always travel as text.
  const { dataIsMarkup: _, meta, ...address } = item;
  const size = Buffer.byteLength(item.data ?? '', 'utf8');
  return pieces.map((data, index) => ({
    ...address,
    ...(index === 0 ? { meta: { ...meta, size } } : meta === undefined ? {} : { meta }),
    data,
    ...(index < pieces.length - 1 ? { moreData: true as const } : {}),
  }));
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
