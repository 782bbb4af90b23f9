import { ConduitError } from '../errors/concord-error.ts';
import { typeOfDocument } from '../objects/document-type.ts';
import { propertyNamed } from '../objects/property.ts';
import { canonicalize } from '../xml/canonical.ts';
import { parseStoredXml } from '../xml/parse.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import type { Conduit } from './document-rules.ts';

// Columns have names of their own: no two are told apart by an attribute but those that stand in `<property name="…">`.
const columns: KeyRules = { attributes: ['name'] };

/**
 * The conduit for rows of tables: objects with one property for each column. Two rows that never met are the same when the columns named in `settings` are
 * (with commas between), or, without settings, when they have the same id.
 */
export function rowConduit(settings: string): Conduit {
  const keyColumns = settings.split(',').filter((column) => column !== '');
  return {
    name: settings === '' ? 'row' : `row:${settings}`,
    keys: columns,
    typeOf: typeOfDocument,
    check: (document) => {
      const canonical = canonicalize(document);
      if (typeOfDocument(canonical) !== 'object')
        throw new ConduitError('CON-E008', 'The document is no row of a table: its root element is not <object>');
      return canonical;
    },
    keyOf: ({ id, document }) => {
      if (keyColumns.length === 0) return id;
      const { root } = parseStoredXml(document);
      const values = keyColumns.map((column) => propertyNamed(root, column));
      return values.some((value) => value === undefined || value === '') ? undefined : JSON.stringify(values);
    },
  };
}
