const FORBIDDEN = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const EACH_FORBIDDEN = new RegExp(FORBIDDEN, 'gu');

/** The first thing in the text that is no character of XML, half of a surrogate pair among them (XML 1.0, section 2.2, Characters); undefined when all are. */
export function forbiddenCharacter(text: string): string | undefined {
  return FORBIDDEN.exec(text)?.[0];
}

/** The text with U+FFFD for whatever is no character of XML. */
export function withoutForbidden(text: string): string {
  return FORBIDDEN.test(text) ? text.replace(EACH_FORBIDDEN, '\uFFFD') : text;
}
