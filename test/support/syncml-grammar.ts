import { readFileSync } from 'node:fs';
import { ParseOption, RelaxNGValidator, XmlDocument } from 'libxml2-wasm';

// The validator lives as long as the test process; libxml2-wasm frees nothing by itself.
const grammar = XmlDocument.fromString(readFileSync(new URL('../../docs/syncml-1.2.rng', import.meta.url), 'utf8'));
// libxml2 will drop RelaxNG some day (it is in the pinned 0.7); then xmllint, jing or an XSD of the same content takes its place.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const validator = RelaxNGValidator.fromDoc(grammar);

/**
 * Throws, naming the elements that are wrong, unless `text` is a SyncML 1.2 message by `docs/syncml-1.2.rng`: names, order and namespaces. To be
 * called on every message that a test sees on a wire.
 */
export function expectValidSyncMl(text: string): void {
  const document = XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_HUGE });
  try {
    validator.validate(document);
  } catch (cause) {
    const reasons = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`not valid SyncML 1.2:\n${reasons}\n${text.length > 4000 ? `${text.slice(0, 4000)}…` : text}`, {
      cause,
    });
  } finally {
    document.dispose();
  }
}
