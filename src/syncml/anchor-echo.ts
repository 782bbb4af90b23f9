import { ProtocolError } from '../errors/concord-error.ts';
import type { Item } from './item.ts';
import type { Anchor } from './meta.ts';
import { readAnchor } from './xml/decode-item.ts';
import { readElements } from './xml/element-reader.ts';
import { encodeAnchor } from './xml/encode-item.ts';
import { defaultMessageLimits } from './limits.ts';

/** The item of a Status that echoes the Next anchor of an Alert or Sync (SyncML DS Protocol 1.2, "Sync Anchors"). */
export function anchorItem(anchor: Anchor): Item {
  return { data: encodeAnchor(anchor), dataIsMarkup: true };
}

/** The anchor that an item of a Status echoes, or undefined where it holds something else. */
export function echoedAnchor(item: Item): Anchor | undefined {
  if (item.dataIsMarkup === undefined || item.data === undefined) return undefined;
  try {
    const element = readElements(item.data, defaultMessageLimits);
    return element.name === 'Anchor' ? readAnchor(element) : undefined;
  } catch (error) {
    // Text beside elements, or several of them: some other peer's data, and no reason to end the session.
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
