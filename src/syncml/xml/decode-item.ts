import { ProtocolError } from '../../errors/concord-error.ts';
import type { Chal, Cred } from '../cred.ts';
import type { Item, Location } from '../item.ts';
import type { MessageLimits } from '../limits.ts';
import type { Anchor, Meta } from '../meta.ts';
import type { Draft, SyncMlElement } from './element.ts';
import { childOf, requiredChild, sizeOf, tokenOf } from './element.ts';

/**
 * The text of an address, reference or name, white space included: ids may begin and end with it.
 * @throws ProtocolError CON-X002 when it is longer than the limits allow
 */
export function nameOf(element: SyncMlElement, limits: MessageLimits): string {
  if (element.text.length <= limits.maxNameLength) return element.text;
  throw new ProtocolError(
    'CON-X002',
    `a SyncML ${element.name} has more than ${String(limits.maxNameLength)} characters`,
  );
}

/** A Source or Target; a missing LocURI counts as an empty one (Sony phones send such Targets). */
export function readLocation(element: SyncMlElement, limits: MessageLimits): Location {
  const location: Draft<Location> = { locUri: '' };
  for (const child of element.children) {
    if (child.name === 'LocURI') location.locUri = nameOf(child, limits);
    else if (child.name === 'LocName') location.locName = nameOf(child, limits);
    else if (child.name === 'Filter') location.filter = child.text;
  }
  return location;
}

/** A Meta, its parts in any order, directly or inside of a MetInf. */
export function readMeta(element: SyncMlElement, limits: MessageLimits): Meta {
  const emi: string[] = [];
  const meta: Draft<Meta> = {};
  const parts = childOf(element, 'MetInf')?.children ?? element.children;
  for (const part of parts) readMetaPart(meta, emi, part);
  if (emi.length > limits.maxEmiTokens)
    throw new ProtocolError('CON-X002', `a Meta has more than ${String(limits.maxEmiTokens)} EMI tokens`);
  if (emi.length === 0) return meta;
  for (const token of emi) {
    if (token.length > limits.maxNameLength)
      throw new ProtocolError('CON-X002', `an EMI token has more than ${String(limits.maxNameLength)} characters`);
  }
  meta.emi = emi;
  return meta;
}

function readMetaPart(meta: Draft<Meta>, emi: string[], part: SyncMlElement): void {
  switch (part.name) {
    case 'EMI':
      emi.push(part.text);
      break;
    case 'Type':
      meta.type = tokenOf(part);
      break;
    case 'Format':
      meta.format = tokenOf(part);
      break;
    case 'NextNonce':
      meta.nextNonce = tokenOf(part);
      break;
    case 'Anchor':
      meta.anchor = readAnchor(part);
      break;
    default:
      readMetaSize(meta, part);
  }
}

function readMetaSize(meta: Draft<Meta>, part: SyncMlElement): void {
  const size = sizeOf(part);
  if (size === undefined) return;
  if (part.name === 'Size') meta.size = size;
  else if (part.name === 'MaxMsgSize') meta.maxMsgSize = size;
  else if (part.name === 'MaxObjSize') meta.maxObjSize = size;
}

/** An Anchor; without Next it is one with an empty Next. An empty Last, as sent at first contact by some, is none. */
export function readAnchor(element: SyncMlElement): Anchor {
  const next = childOf(element, 'Next')?.text ?? '';
  const last = childOf(element, 'Last')?.text ?? '';
  return last === '' ? { next } : { last, next };
}

/** A Cred. */
export function readCredElement(element: SyncMlElement, limits: MessageLimits): Cred {
  const meta = childOf(element, 'Meta');
  const data = tokenOf(requiredChild(element, 'Data'));
  return meta === undefined ? { data } : { meta: readMeta(meta, limits), data };
}

/** A Chal. */
export function readChalElement(element: SyncMlElement, limits: MessageLimits): Chal {
  const meta = childOf(element, 'Meta');
  return { meta: meta === undefined ? {} : readMeta(meta, limits) };
}

/** The element of an Item that is read already. @throws ProtocolError as `readItem` does */
export function settledItem(element: SyncMlElement, limits: MessageLimits): SyncMlElement {
  const { name, text, isMarkup } = element;
  return { name, text, isMarkup, children: [], item: readItem(element, limits) };
}

/** An Item, its parts in any order. */
export function readItem(element: SyncMlElement, limits: MessageLimits): Item {
  if (element.item !== undefined) return element.item;
  const item: Draft<Item> = {};
  for (const part of element.children) readItemPart(item, part, limits);
  return item;
}

function readItemPart(item: Draft<Item>, part: SyncMlElement, limits: MessageLimits): void {
  switch (part.name) {
    case 'Source':
      item.source = readLocation(part, limits);
      break;
    case 'Target':
      item.target = readLocation(part, limits);
      break;
    case 'SourceParent':
      item.sourceParent = readLocation(part, limits).locUri;
      break;
    case 'TargetParent':
      item.targetParent = readLocation(part, limits).locUri;
      break;
    case 'Meta':
      item.meta = readMeta(part, limits);
      break;
    case 'Data':
      item.data = part.text;
      if (part.isMarkup) item.dataIsMarkup = true;
      break;
    case 'MoreData':
      item.moreData = true;
      break;
    default:
      // Parts of later versions: nothing that an item cannot do without.
      break;
  }
}
