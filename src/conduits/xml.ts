import { RequestError } from '../errors/concord-error.ts';
import { canonicalize } from '../xml/canonical.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import { defaultKeyRules } from '../xupdate/keys.ts';
import type { Conduit } from './document-rules.ts';

/**
 * The conduit for documents of any vocabulary. `settings` say which attributes tell repeated elements apart, where it is not `gid` or `id`: words such as
 * `ref`, `planet=name` (of elements with this name only) or `note=` (these have no key), with blanks or commas between.
 * @throws RequestError CON-R008 for settings that are none
 */
export function xmlConduit(settings: string): Conduit {
  return {
    name: settings === '' ? 'xml' : `xml:${settings}`,
    keys: keyRules(settings.split(/[\s,]+/).filter((word) => word !== '')),
    typeOf: () => 'xml',
    check: (document) => canonicalize(document),
  };
}

function keyRules(words: readonly string[]): KeyRules {
  const attributes: string[] = [];
  const byElement = new Map<string, readonly string[]>();
  for (const word of words) {
    const [first = '', second, ...others] = word.split('=');
    if (first === '' || others.length > 0)
      throw new RequestError(
        'CON-R008',
        `“${word}” does not say which attribute is a key: write attribute, or element=attribute`,
      );
    if (second === undefined) attributes.push(first);
    else byElement.set(first, [...(byElement.get(first) ?? []), ...(second === '' ? [] : [second])]);
  }
  return { attributes: attributes.length === 0 ? defaultKeyRules.attributes : attributes, byElement };
}
