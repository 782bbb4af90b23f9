import { escapeAttribute } from '../xml/escape.ts';
import { parseStoredXml } from '../xml/parse.ts';
import { serializeNode, serializeNodes, writtenAttributes, writtenDeclarations } from '../xml/serialize.ts';
import type { Version } from './version.ts';

/** The two parts between which the objects below are written. */
export interface Frame {
  readonly start: string;
  readonly end: string;
}

/**
 * An object as `asXML` shows it, for reading: its own document, whose `<object>` also has gid and id. A document of another vocabulary is wrapped as it is:
 * `<object gid id portal_type="XML"><data type="xml">…</data></object>`.
 */
export function frameOfObject({ gid, id, type, document }: Version): Frame {
  const names = ` gid="${escapeAttribute(gid)}" id="${escapeAttribute(id)}"`;
  if (type !== 'object')
    return { start: `<object${names} portal_type="XML"><data type="xml">${document}</data>`, end: '</object>' };
  const { children, root } = parseStoredXml(document);
  const at = children.indexOf(root);
  const attributes = root.attributes.filter(({ name }) => name !== 'gid' && name !== 'id');
  const tag = `<${root.name}${names}${writtenDeclarations(root.declarations)}${writtenAttributes(attributes)}>`;
  return {
    start: children.slice(0, at).map(serializeNode).join('') + tag + serializeNodes(root.children),
    end: `</${root.name}>${children
      .slice(at + 1)
      .map(serializeNode)
      .join('')}`,
  };
}

/** A site as `asXML` shows it. */
export function frameOfSite(id: string): Frame {
  return { start: `<object id="${escapeAttribute(id)}" portal_type="Site">`, end: '</object>' };
}
