import { InvariantError } from '../../errors/concord-error.ts';

/** Anything but what can stand in character data as it is: markup, carriage returns (which a reader would turn into line feeds), and non-characters. */
const special = /[^\t\n -%'-;=?-\uFFFD]/;

/** What XML 1.0 cannot express at all (XML 1.0, section 2.2, Char), but for lone surrogates, which UTF-8 turns into U+FFFD. */
const forbidden = /[^\t\n\r -\uFFFD]/;

/**
 * The text as character data.
 * @throws InvariantError when it holds a control character that XML 1.0 cannot express; nothing of ours may
 */
export function escapeText(text: string): string {
  if (!special.test(text)) return text;
  refuseForbidden(text);
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

/**
 * The text as the content of Data: a CDATA section where it holds markup (documents do, and stay readable and short that way), else escaped.
 * A carriage return cannot stand in a CDATA section, so that such a text is escaped throughout.
 * @throws InvariantError as `escapeText`
 */
export function escapeData(text: string): string {
  if (!special.test(text)) return text;
  if (text.includes('\r') || !(text.includes('<') || text.includes('&'))) return escapeText(text);
  refuseForbidden(text);
  const content = text.includes(']]>') ? text.replaceAll(']]>', ']]]]><![CDATA[>') : text;
  return `<![CDATA[${content}]]>`;
}

/** The text as the value of an attribute in double quotes. */
export function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\t', '&#9;').replaceAll('\n', '&#10;');
}

function refuseForbidden(text: string): void {
  if (forbidden.test(text))
    throw new InvariantError('CON-I001', 'a message holds a character that XML 1.0 cannot express');
}
