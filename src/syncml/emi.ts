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

/** The entries of EMI tokens. */
export interface EmiEntries {
  /** Undefined where there is no such entry. */
  readonly get: (key: string) => string | undefined;
  readonly has: (key: string) => boolean;
}

/**
 * The entries of EMI tokens. A token without `=` is an entry with an empty value; of a repeated key the last token counts. Foreign and future keys are entries like
 * any other: the reader asks only for those that it knows. Each is looked for when it is asked for: a large message has some for each of its items, and a map of
 * them would take more memory than they do.
 */
export function decodeEmi(tokens: readonly string[] = []): EmiEntries {
  const get = (key: string): string | undefined => valueOf(tokens, key);
  return { get, has: (key) => get(key) !== undefined };
}

const equals = 0x3d;

function valueOf(tokens: readonly string[], key: string): string | undefined {
  for (let at = tokens.length - 1; at >= 0; at -= 1) {
    const token = tokens[at] ?? '';
    if (!token.startsWith(key)) continue;
    if (token.length === key.length) return '';
    if (token.charCodeAt(key.length) === equals) return token.slice(key.length + 1);
  }
  return undefined;
}
