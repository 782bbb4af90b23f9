/** A qualified name taken apart; `prefix` is `''` for none. */
export interface QualifiedName {
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
}

// Nearly every name is ASCII: the long class is asked only when the short one says no.
const ASCII_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const NAME_START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const ANY_NAME = new RegExp(`^[${NAME_START}][\\u0300-\\u036F\\u203F-\\u2040\\u00B7${NAME_START}.0-9-]*$`, 'u');

/** Whether the text is a name without a colon (Namespaces in XML 1.0, NCName). */
export function isUnqualifiedName(text: string): boolean {
  return ASCII_NAME.test(text) || ANY_NAME.test(text);
}

const QUALIFIED = new RegExp(
  `[${NAME_START}][\\u0300-\\u036F\\u203F-\\u2040\\u00B7${NAME_START}.0-9-]*(?::[${NAME_START}][\\u0300-\\u036F\\u203F-\\u2040\\u00B7${NAME_START}.0-9-]*)?`,
  'uy',
);

/** The longest qualified name that begins at `at`; `''` when none does. */
export function qualifiedNameAt(text: string, at: number): string {
  QUALIFIED.lastIndex = at;
  return QUALIFIED.exec(text)?.[0] ?? '';
}

/** Takes a qualified name apart; undefined when it is none (Namespaces in XML 1.0, QName). */
export function parseQualifiedName(name: string): QualifiedName | undefined {
  const colon = name.indexOf(':');
  if (colon === -1) return isUnqualifiedName(name) ? { name, prefix: '', local: name } : undefined;
  const prefix = name.slice(0, colon);
  const local = name.slice(colon + 1);
  return isUnqualifiedName(prefix) && isUnqualifiedName(local) ? { name, prefix, local } : undefined;
}
