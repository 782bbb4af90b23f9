/** How characters are written between tags (Canonical XML 1.0, section 2.3, Text Nodes). */
export const REFERENCES_IN_TEXT: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#xD;',
};

/** How characters are written in an attribute between double quotes (Canonical XML 1.0, section 2.3, Attribute Nodes). */
export const REFERENCES_IN_ATTRIBUTES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

const IN_TEXT = /[&<>\r]/;
const IN_ATTRIBUTE = /[&<"\t\n\r]/;

/** Characters as they stand between tags. */
export function escapeText(text: string): string {
  return IN_TEXT.test(text) ? text.replace(/[&<>\r]/g, (each) => REFERENCES_IN_TEXT[each] ?? each) : text;
}

/** Characters as they stand in an attribute between double quotes. */
export function escapeAttribute(value: string): string {
  return IN_ATTRIBUTE.test(value)
    ? value.replace(/[&<"\t\n\r]/g, (each) => REFERENCES_IN_ATTRIBUTES[each] ?? each)
    : value;
}
