import type { Chal, Cred } from '../cred.ts';
import type { Item, Location } from '../item.ts';
import type { Anchor, Meta } from '../meta.ts';
import { escapeData, escapeText } from './escape.ts';
import { metInfNamespace } from './namespaces.ts';

/** One element with text, or nothing where the value is undefined. */
export function encodeText(name: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  return `<${name}>${typeof value === 'number' ? String(value) : escapeText(value)}</${name}>`;
}

/** One empty element where the flag is set, else nothing. */
export function encodeFlag(name: string, flag: true | undefined): string {
  return flag === undefined ? '' : `<${name}/>`;
}

/** A Source or Target, or nothing. */
export function encodeLocation(name: string, location: Location | undefined): string {
  if (location === undefined) return '';
  const { locUri, locName, filter } = location;
  return `<${name}><LocURI>${escapeText(locUri)}</LocURI>${encodeText('LocName', locName)}${filter ?? ''}</${name}>`;
}

/** A Meta with its parts in the standard's order, or nothing. */
export function encodeMeta(meta: Meta | undefined): string {
  if (meta === undefined) return '';
  let parts = encodeMetInf('Format', meta.format) + encodeMetInf('Type', meta.type) + encodeMetInf('Size', meta.size);
  if (meta.anchor !== undefined) parts += encodeAnchor(meta.anchor);
  parts += encodeMetInf('NextNonce', meta.nextNonce);
  parts += encodeMetInf('MaxMsgSize', meta.maxMsgSize) + encodeMetInf('MaxObjSize', meta.maxObjSize);
  if (meta.emi !== undefined) for (const token of meta.emi) parts += encodeMetInf('EMI', token);
  return `<Meta>${parts}</Meta>`;
}

/** The Anchor element with its namespace; also what stands in the Data of a Status that echoes it. */
export function encodeAnchor(anchor: Anchor): string {
  return `<Anchor xmlns="${metInfNamespace}">${encodeText('Last', anchor.last)}${encodeText('Next', anchor.next)}</Anchor>`;
}

/** A Cred, or nothing. */
export function encodeCred(cred: Cred | undefined): string {
  return cred === undefined ? '' : `<Cred>${encodeMeta(cred.meta)}<Data>${escapeText(cred.data)}</Data></Cred>`;
}

/** A Chal, or nothing. */
export function encodeChal(chal: Chal | undefined): string {
  return chal === undefined ? '' : `<Chal>${encodeMeta(chal.meta)}</Chal>`;
}

// An item is weighed before it is put into a message: what was written then is written again, and items do not change.
const written = new WeakMap<Item, string>();

/** An Item with its parts in the standard's order. */
export function encodeItem(item: Item): string {
  const known = written.get(item);
  if (known !== undefined) return known;
  const text = writeItem(item);
  written.set(item, text);
  return text;
}

function writeItem(item: Item): string {
  const addresses = encodeLocation('Target', item.target) + encodeLocation('Source', item.source);
  const parents = encodeParent('SourceParent', item.sourceParent) + encodeParent('TargetParent', item.targetParent);
  return `<Item>${addresses}${parents}${encodeMeta(item.meta)}${encodeData(item)}${encodeFlag('MoreData', item.moreData)}</Item>`;
}

/** All items of a command. */
export function encodeItems(items: readonly Item[] | undefined): string {
  let text = '';
  if (items !== undefined) for (const item of items) text += encodeItem(item);
  return text;
}

function encodeData(item: Item): string {
  if (item.data === undefined) return '';
  return `<Data>${item.dataIsMarkup === undefined ? escapeData(item.data) : standAlone(item.data)}</Data>`;
}

/** Markup whose unprefixed names do not fall into the namespace of the message. */
function standAlone(markup: string): string {
  const tag = /^<[^\s/>]+/.exec(markup)?.[0];
  const hasDefault = /^<[^>]*\sxmlns=["']/.test(markup);
  return tag === undefined || hasDefault ? markup : `${tag} xmlns=""${markup.slice(tag.length)}`;
}

function encodeParent(name: string, locUri: string | undefined): string {
  return locUri === undefined ? '' : `<${name}><LocURI>${escapeText(locUri)}</LocURI></${name}>`;
}

function encodeMetInf(name: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  return `<${name} xmlns="${metInfNamespace}">${typeof value === 'number' ? String(value) : escapeText(value)}</${name}>`;
}
