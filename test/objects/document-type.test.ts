import { describe, expect, it } from 'vitest';
import { folderDocument, typeOfDocument } from '../../src/objects/document-type.ts';
import { canonicalize } from '../../src/xml/canonical.ts';

describe('the type of a document', () => {
  it.each([
    ['object', folderDocument],
    ['object', '<object/>'],
    ['object', '<?xml version="1.0"?><?a b?><!-- <system> --> <object portal_type="x"/><!-- -->'],
    ['object', '<object xmlns:p="urn:p" p:k="1"/>'],
    ['xml', '<object xmlns="urn:o"/>'],
    ['xml', '<o:object xmlns:o="urn:o"/>'],
    ['xml', '<objects/>'],
    ['xml', '<!-- <object> --><system/>'],
  ])('is %s for %s', (type, document) => {
    expect(typeOfDocument(canonicalize(document))).toBe(type);
  });

  it('is found behind a hundred thousand comments', () => {
    expect(typeOfDocument(canonicalize(`${'<!---->'.repeat(100_000)}<object/>`))).toBe('object');
  });
});
