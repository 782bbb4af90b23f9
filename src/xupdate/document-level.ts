import type { XmlNode } from '../xml/tree.ts';
import { XUpdateError } from './xupdate-error.ts';

/** Beside the root stand comments and processing instructions only. @throws XUpdateError `not-well-formed` */
export function checkDocumentLevel(nodes: readonly XmlNode[]): void {
  const wrong = nodes.find(({ kind }) => kind === 'element' || kind === 'text');
  if (wrong !== undefined) {
    throw new XUpdateError('not-well-formed', `beside the root there would be another node of the kind ${wrong.kind}`);
  }
}
