/**
 * Concord's own meta-information travels in the standard's place for such: EMI, one `key=value` token each. Keys are short names without `=`;
 * entries that are undefined are left out. The order is that of the object.
 */
export function encodeEmi(entries: Readonly<Record<string, string | undefined>>): string[] {
  const tokens: string[] = [];
  for (const key in entries) {
    const value = entries[key];
    if (value !== undefined) tokens.push(`${key}=${value}`);
  }
  return tokens;
}

const none: ReadonlyMap<string, string> = new Map();

/**
 * The entries of EMI tokens. A token without `=` is an entry with an empty value; of a repeated key the last token counts. Foreign and future
 * keys are in the map like any other: the reader asks only for those that it knows.
 */
export function decodeEmi(tokens: readonly string[] | undefined): ReadonlyMap<string, string> {
  if (tokens === undefined || tokens.length === 0) return none;
  const entries = new Map<string, string>();
  for (const token of tokens) {
    const equals = token.indexOf('=');
    if (equals === -1) entries.set(token, '');
    else entries.set(token.slice(0, equals), token.slice(equals + 1));
  }
  return entries;
}
