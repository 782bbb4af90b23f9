import type { Gid } from '../../src/objects/gid.ts';
import { topGid } from '../../src/objects/gid.ts';
import type { Version } from '../../src/objects/version.ts';
import type { Fields } from './ledger.ts';

/** The fields of the documents that the simulation writes: elements with text, and `lang`, an attribute of `note`. */
export const documentFields = ['title', 'phone', 'note', 'extra', 'lang'] as const;

/** The document with these fields; one that is undefined is not there. */
export function cardOf(fields: Fields): string {
  const element = (name: string, attributes = '') =>
    fields[name] === undefined ? '' : `<${name}${attributes} type="string">${fields[name]}</${name}>`;
  const lang = fields['lang'] === undefined ? '' : ` lang="${fields['lang']}"`;
  return `<object portal_type="Person">${element('title')}${element('phone')}${element('note', lang)}${element('extra')}</object>`;
}

/** The fields of a version, envelope included; the parent as the collection sees it. */
export function fieldsOf({ parent, id, document }: Version, root: Gid): Fields {
  const found: Record<string, string> = { parent: parent === root ? topGid : parent, id };
  for (const [, name = '', attributes = '', text = ''] of document.matchAll(/<(\w+)([^>]*)>([^<]*)<\/\1>/g)) {
    found[name] = text;
    const lang = /lang="([^"]*)"/.exec(attributes)?.[1];
    if (lang !== undefined) found['lang'] = lang;
  }
  return found;
}
