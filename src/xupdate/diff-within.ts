import { RequestError } from '../errors/concord-error.ts';
import { withoutRepeatedDeclarations } from '../xml/declarations.ts';
import { exceededByGrowth } from '../xml/exceeded-limit.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { XmlDocument, XmlNode } from '../xml/tree.ts';
import { applyModifications } from './apply.ts';
import { diff, wholeDocument } from './diff.ts';
import { parseModifications } from './parse-modifications.ts';
import { XUpdateError } from './xupdate-error.ts';

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
  return (
    // `<a/>` may come to count for `<a></a>`.
    Buffer.byteLength(delta) * 2 <= maxOctets &&
    delta.length <= maxNodes &&
    // In a delta an element may need a declaration for each of its names.
    hasAtMost(after.root, maxAttributes / 2 - 1) &&
    exceededByGrowth(after, { from: after, characters: 0, nodes: 0 }, limits) === undefined
  );
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
