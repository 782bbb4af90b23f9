import { ProtocolError } from '../../errors/concord-error.ts';
import type { Item } from '../item.ts';

/** An element of SyncML as it was read: local name, text, children. Attributes and namespaces have done their work by then. */
export interface SyncMlElement {
  readonly name: string;
  /** All its text; for Data and Filter, the XML of its child elements where it had some. */
  readonly text: string;
  /** The text is the XML of child elements. */
  readonly isMarkup: boolean;
  readonly children: readonly SyncMlElement[];
  /** What it holds, where that was read when it ended, and its children were let go of. */
  readonly item?: Item;
}

/** Reads an element that has ended; what is given back takes its place. */
export type SettleElement = (element: SyncMlElement) => SyncMlElement;

/** An object while it is being put together from the parts that a peer sent, in whatever order. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** The first child of that name. */
export function childOf(element: SyncMlElement, name: string): SyncMlElement | undefined {
  for (const child of element.children) if (child.name === name) return child;
  return undefined;
}

/**
 * The first child of that name.
 * @throws ProtocolError CON-S001 when there is none
 */
export function requiredChild(element: SyncMlElement, name: string): SyncMlElement {
  const child = childOf(element, name);
  if (child === undefined) throw new ProtocolError('CON-S001', `a SyncML ${element.name} lacks its ${name}`);
  return child;
}

/** Text that is a keyword, identifier or number: white space around it, from peers that indent their messages, does not count. */
export function tokenOf(element: SyncMlElement): string {
  return element.text.trim();
}

/** A count or size: digits, else undefined, because no peer's odd hint is worth a failed session. */
export function sizeOf(element: SyncMlElement): number | undefined {
  const token = tokenOf(element);
  return /^\d{1,15}$/.test(token) ? Number(token) : undefined;
}

/**
 * A code or message number.
 * @throws ProtocolError CON-S001 when it is none
 */
export function numberOf(element: SyncMlElement, parent: string): number {
  const number = sizeOf(element);
  if (number === undefined)
    throw new ProtocolError('CON-S001', `the ${element.name} of a SyncML ${parent} is not a number`);
  return number;
}
