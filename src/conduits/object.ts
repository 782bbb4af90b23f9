import { typeOfDocument } from '../objects/document-type.ts';
import { canonicalize } from '../xml/canonical.ts';
import { defaultKeyRules } from '../xupdate/keys.ts';
import type { Conduit } from './document-rules.ts';

/**
 * The conduit for all that a site's tree can hold: objects with typed properties, in which nested objects are told apart by gid, else id; and documents of
 * other vocabularies that stand among them.
 */
export const objectConduit: Conduit = {
  name: 'object',
  keys: defaultKeyRules,
  typeOf: typeOfDocument,
  check: (document) => canonicalize(document),
};
