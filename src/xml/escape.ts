const IN_TEXT = /[&<>\r]/;
const IN_ATTRIBUTE = /[&<"\t\n\r]/;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function reference(character: string): string {
  return REFERENCES[character] ?? character;
}

/** Characters as they stand between tags (Canonical XML 1.0, section 2.3, Text Nodes). */
export function escapeText(text: string): string {
  return IN_TEXT.test(text) ? text.replace(/[&<>\r]/g, reference) : text;
}

/** Characters as they stand in an attribute between double quotes (Canonical XML 1.0, section 2.3, Attribute Nodes). */
export function escapeAttribute(value: string): string {
  return IN_ATTRIBUTE.test(value) ? value.replace(/[&<"\t\n\r]/g, reference) : value;
}
