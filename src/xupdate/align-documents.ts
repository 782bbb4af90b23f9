import type { XmlDocument } from '../xml/tree.ts';
import type { Alignment, AlignRules } from './align.ts';
import { align, NO_GUESSES } from './align.ts';

/** As `align`, for what stands at document level: the root lives on as the root, whatever it is called. */
export function alignDocuments(old: XmlDocument, fresh: XmlDocument, rules: AlignRules): Alignment {
  const oldRoot = old.children.indexOf(old.root);
  const freshRoot = fresh.children.indexOf(fresh.root);
  const before = align(old.children.slice(0, oldRoot), fresh.children.slice(0, freshRoot), rules);
  const behind = align(old.children.slice(oldRoot + 1), fresh.children.slice(freshRoot + 1), rules);
  const moved = behind.partners.map((partner) => (partner === -1 ? -1 : partner + freshRoot + 1));
  return {
    partners: Int32Array.from([...before.partners, freshRoot, ...moved]),
    isEqual: Uint8Array.from([...before.isEqual, 0, ...behind.isEqual]),
    guesses: NO_GUESSES,
  };
}
