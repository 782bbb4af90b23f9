import type { XmlElement, XmlNode } from '../xml/tree.ts';
import type { DeltaWriter } from './delta-writer.ts';
import { attributeNamed } from './keys.ts';
import type { Item } from './labels.ts';

/** Children apart: what is no text, and the texts before, between and behind (`''` for none), one more of them than items. */
export interface Children {
  readonly items: readonly Item[];
  readonly texts: readonly string[];
}

/** Takes a list of children apart. */
export function splitChildren(nodes: readonly XmlNode[]): Children {
  let count = 0;
  for (let at = 0; at < nodes.length; at++) if (nodes[at]?.kind !== 'text') count++;
  // In their exact size: long lists that grow are copied again and again.
  const items = new Array<Item>(count);
  const texts = new Array<string>(count + 1);
  let filled = 0;
  let text = '';
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at];
    if (node === undefined) continue;
    if (node.kind === 'text') {
      text = text === '' ? node.text : text + node.text;
      continue;
    }
    items[filled] = node;
    texts[filled++] = text;
    text = '';
  }
  texts[filled] = text;
  return { items, texts };
}

/** A part of children as nodes again: items from `from` up to `to`, with the texts that are asked for at either end. */
export function joinChildren(
  { items, texts }: Children,
  range: { readonly from: number; readonly to: number; readonly withFirst: boolean; readonly withLast: boolean },
): readonly XmlNode[] {
  const nodes: XmlNode[] = [];
  const text = (at: number): void => {
    const found = texts[at] ?? '';
    if (found !== '') nodes.push({ kind: 'text', text: found });
  };
  if (range.withFirst) text(range.from);
  for (let at = range.from; at < range.to; at++) {
    const item = items[at];
    if (item !== undefined) nodes.push(item);
    if (at + 1 < range.to || range.withLast) text(at + 1);
  }
  return nodes;
}

/** The key by which selects address an element: the `gid` if it has one, else the `id`. */
export function selectKey(
  element: Pick<XmlElement, 'attributes'>,
): { readonly attribute: 'id' | 'gid'; readonly value: string } | undefined {
  if (element.attributes.length === 0) return undefined;
  const gid = attributeNamed(element, 'gid');
  if (gid !== undefined) return { attribute: 'gid', value: gid.value };
  const id = attributeNamed(element, 'id');
  return id === undefined ? undefined : { attribute: 'id', value: id.value };
}

/** The step that selects the item, being the `rank`-th of the `count` siblings that it could mean. */
export function stepTo(
  item: Item,
  place: { readonly rank: number; readonly count: number },
  writer: DeltaWriter,
): string {
  const position = place.count > 1 ? `[${place.rank}]` : '';
  if (item.kind !== 'element') return `${item.kind}()${position}`;
  const key = selectKey(item);
  return `${writer.name(item)}${key === undefined ? '' : `[@${key.attribute}=${writeLiteral(key.value)}]`}${position}`;
}

/** A value as XPath writes it. */
export function writeLiteral(value: string): string {
  if (!value.includes("'")) return `'${value}'`;
  if (!value.includes('"')) return `"${value}"`;
  const parts = value.split(/('+)/).filter((part) => part !== '');
  return `concat(${parts.map((part) => (part.startsWith("'") ? `"${part}"` : `'${part}'`)).join(',')})`;
}
