/** The types of objects that every site knows: `object` with typed properties, `xml` for any other well-formed document. */
export const documentTypes = ['object', 'xml'] as const;
export type DocumentType = (typeof documentTypes)[number];

/** The document of a folder, and of whatever must be made so that something can stand below it. */
export const folderDocument = '<object portal_type="Folder"></object>';

/** `object` for a canonical document whose root is `object` without a namespace, `xml` for any other. */
export function typeOfDocument(canonical: string): DocumentType {
  const root = rootAt(canonical);
  const isObject = /^<object(?! xmlns=")[ >]/.test(canonical.slice(root, root + 16));
  return isObject ? 'object' : 'xml';
}

// Canonical documents have comments and instructions before the root on lines of their own. By hand: an expression over many of them would take for ever.
function rootAt(canonical: string): number {
  let at = 0;
  while (true) {
    const end = canonical.startsWith('<!--', at) ? '-->' : canonical.startsWith('<?', at) ? '?>' : undefined;
    const found = end === undefined ? -1 : canonical.indexOf(end, at);
    if (end === undefined || found === -1) return at;
    at = found + end.length + 1;
  }
}
