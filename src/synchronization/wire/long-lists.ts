import type { Item } from '../../syncml/item.ts';
import { decodeNumber, encodeNumber } from './numbers.ts';

/** The tokens of an item that list something, and grow with it: conflicts closed, and edits (see `ChangeTokens`). */
const lists = ['c=', 'f=', 'u='] as const;
/** Says how many characters at the front of Data are the list; no list begins with it. */
const inData = '*';
const mostInMeta = 1000;

/**
 * An item as it travels: Meta cannot go in pieces, so a list that is too long for it stands at the front of Data, and its token says only how long it is there
 * (docs/adr/0026-long-lists.md).
 */
export function withListsInData(item: Item): Item {
  const emi = item.meta?.emi ?? [];
  if (!emi.some((token) => token.length > mostInMeta && isList(token))) return item;
  let front = '';
  const tokens = emi.map((token) => {
    if (token.length <= mostInMeta || !isList(token)) return token;
    const list = token.slice(2);
    front += list;
    return `${token.slice(0, 2)}${inData}${encodeNumber(list.length)}`;
  });
  return { ...item, meta: { ...item.meta, emi: tokens }, data: `${front}${item.data ?? ''}` };
}

/**
 * The item that was made to travel so. A list that is not there as a whole, because this is only a piece, is left out.
 * @throws ProtocolError CON-S001 when the length of a list cannot be read
 */
export function withListsInMeta(item: Item): Item {
  const emi = item.meta?.emi ?? [];
  if (!emi.some(isElsewhere)) return item;
  const { data = '', ...rest } = item;
  let at = 0;
  const tokens = emi.flatMap((token) => {
    if (!isElsewhere(token)) return token;
    const from = at;
    at += decodeNumber(token.slice(3));
    return at > data.length ? [] : `${token.slice(0, 2)}${data.slice(from, at)}`;
  });
  return { ...rest, meta: { ...item.meta, emi: tokens }, ...(at < data.length && { data: data.slice(at) }) };
}

function isList(token: string): boolean {
  return lists.some((list) => token.startsWith(list));
}

function isElsewhere(token: string): boolean {
  return token.startsWith(inData, 2) && isList(token);
}
