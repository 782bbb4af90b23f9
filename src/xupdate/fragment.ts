import { ProtocolError } from '../errors/concord-error.ts';
import { NamespaceScope } from '../xml/namespace-scope.ts';
import { parseStoredXml } from '../xml/parse.ts';
import { serializeNode } from '../xml/serialize.ts';
import type { XmlNode } from '../xml/tree.ts';
import { settleNode } from './settle.ts';
import { XUpdateError } from './xupdate-error.ts';

const START = '<fragment>';

/** Nodes as XML that can be read by itself: what their names need from outside is declared on them. */
export function writeFragment(nodes: readonly XmlNode[]): string {
  const destination = { scope: new NamespaceScope(), count: ignore };
  return nodes.map((node) => serializeNode(settleNode(node, destination, 0))).join('');
}

/** The nodes that a fragment is, however many. @throws XUpdateError `not-well-formed` */
export function readFragment(text: string): readonly XmlNode[] {
  try {
    return parseStoredXml(`${START}${text}</fragment>`).root.children;
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new XUpdateError('not-well-formed', `it is not well-formed XML${faultIn(text, cause.message)}`, { cause });
  }
}

/** What is wrong and where, as places are in the text itself. */
function faultIn(text: string, message: string): string {
  const [, line, column, what] = /([0-9]+):([0-9]+): (.*)$/.exec(message) ?? [];
  if (what === undefined) return '';
  const at = Number(column) - (line === '1' ? START.length : 0);
  const lines = text.split('\n');
  const isBehind = Number(line) >= lines.length && at > (lines.at(-1) ?? '').length;
  return isBehind ? ': something is not closed in it' : ` at ${line}:${at}: ${what.replace(/\.$/, '')}`;
}

function ignore(): void {
  // A fragment is a part of what was counted already.
}
