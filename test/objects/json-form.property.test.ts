import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentFromJson, jsonFromDocument } from '../../src/objects/json-form.ts';
import { canonicalize } from '../../src/xml/canonical.ts';
import { documentText } from '../xml/arbitrary-document.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r', ' ', '<', '&', '"', '𝄞', '\t', '0', '.', 'e') });
const key = fc.oneof(
  fc.constantFrom('title', 'property', 'name', 'type', 'value', 'xml', 'item', '__proto__', 'a b', 'a:b', '1', '', 'ü'),
  text,
);
const { value } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(text, { maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ type: fc.constantFrom('date', 'int', 'float', 'string', 'text', 'None', 'x y'), value: text }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
}));

describe('an object as JSON', () => {
  it('comes back as the same document, whatever its properties are', () => {
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (properties) => {
        const document = documentFromJson({ portal_type: 'Person', ...properties });
        const json: unknown = JSON.parse(JSON.stringify(jsonFromDocument(document)));
        expect(documentFromJson(json)).toBe(document);
        expect(json).not.toHaveProperty('xml', document);
      }),
    );
  });

  it('comes back as the same document, whatever document it is', () => {
    fc.assert(
      fc.property(documentText, (written) => {
        const document = canonicalize(written);
        expect(documentFromJson(JSON.parse(JSON.stringify(jsonFromDocument(document))))).toBe(document);
      }),
    );
  });
});
