import { RequestError } from '../errors/concord-error.ts';
import { withoutRepeatedDeclarations } from '../xml/declarations.ts';
import { exceededByGrowth } from '../xml/exceeded-limit.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { XmlDocument, XmlNode } from '../xml/tree.ts';
import { applyModifications } from './apply.ts';
import { diff, wholeDocument } from './diff.ts';
import { parseModifications } from './parse-modifications.ts';
import { XUpdateError } from './xupdate-error.ts';

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
/** Of a UTF-16 unit in UTF-8. */
const MOST_OCTETS = 3;

/**
 * As `diff`, but only what can be read and applied within the limits: where the delta cannot, one that puts the whole document. Mostly that is sure without a try.
 * @throws RequestError CON-X002 when no delta can, though both documents may be within the limits: constructors are longer than what they make
 */
export function diffWithin(before: XmlDocument, after: XmlDocument, limits: XmlLimits): string {
  const delta = diff(before, after);
  if (delta === '' || isSurelyWithin(delta, after, limits)) return delta;
  const refused = refusal(delta, before, limits);
  if (refused === undefined) return delta;
  const whole = wholeDocument(withoutRepeatedDeclarations(before), withoutRepeatedDeclarations(after));
  if (refusal(whole, before, limits) === undefined) return whole;
  throw new RequestError('CON-X002', `There is no delta of these within the limits: ${refused.what}`, {
    cause: refused,
  });
}

function isSurelyWithin(delta: string, after: XmlDocument, limits: XmlLimits): boolean {
  const { maxOctets, maxNodes, maxAttributes } = limits;
  const most = sizeOf(delta);
  return (
    most.octets <= maxOctets &&
    most.nodes <= maxNodes &&
    // In a delta an element may need a declaration for each of its names.
    hasAtMost(after.root, maxAttributes / 2 - 1) &&
    exceededByGrowth(after, { from: after, characters: 0, nodes: 0 }, limits) === undefined
  );
}

/** How large a delta is at most. A try takes the memory of a third document, which large ones leave no room for. */
function sizeOf(delta: string): { readonly octets: number; readonly nodes: number } {
  let nodes = 0;
  let endTags = 0;
  for (let at = 0, tag = 0; at < delta.length; at++) {
    const unit = delta.charCodeAt(at);
    if (unit === LESS) {
      tag = at;
      if (delta.charCodeAt(at + 1) !== SLASH) nodes++;
    } else if (unit === GREATER) {
      // `<a/>` may come to count for `<a></a>`.
      if (delta.charCodeAt(at - 1) === SLASH) endTags += at - tag;
      if (delta.charCodeAt(at + 1) !== LESS) nodes++;
    }
  }
  return { octets: Buffer.byteLength(delta) + endTags * MOST_OCTETS, nodes };
}

function hasAtMost(node: XmlNode, count: number): boolean {
  if (node.kind !== 'element') return true;
  if (node.attributes.length + node.declarations.length > count) return false;
  return node.children.every((child) => hasAtMost(child, count));
}

function refusal(delta: string, before: XmlDocument, limits: XmlLimits): XUpdateError | undefined {
  try {
    applyModifications(before, parseModifications(delta, 'peer', limits), { limits });
    return undefined;
  } catch (error) {
    if (error instanceof XUpdateError) return error;
    throw error;
  }
}
