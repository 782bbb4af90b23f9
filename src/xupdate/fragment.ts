import { NamespaceScope } from '../xml/namespace-scope.ts';
import { parseXml } from '../xml/parse.ts';
import { serializeNode } from '../xml/serialize.ts';
import type { XmlNode } from '../xml/tree.ts';
import { settleNode } from './settle.ts';

/** Nodes as XML that can be read by itself: what their names need from outside is declared on them. */
export function writeFragment(nodes: readonly XmlNode[]): string {
  const destination = { scope: new NamespaceScope(), count: ignore };
  return nodes.map((node) => serializeNode(settleNode(node, destination, 0))).join('');
}

/** The nodes that a fragment is. @throws ProtocolError `CON-X001` when it is not well-formed */
export function readFragment(text: string): readonly XmlNode[] {
  return parseXml(`<fragment>${text}</fragment>`).root.children;
}

function ignore(): void {
  // A fragment is a part of what was counted already.
}
