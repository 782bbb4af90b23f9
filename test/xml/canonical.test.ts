import fc from 'fast-check';
import * as libxml2 from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { canonicalize, canonicalXml } from '../../src/xml/canonical.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import { documentText } from './arbitrary-document.ts';

function byLibrary(text: string): string {
  const document = libxml2.XmlDocument.fromString(text);
  try {
    return document.canonicalizeToString({ withComments: true });
  } finally {
    document.dispose();
  }
}

describe('the canonical form', () => {
  it('is what libxml2 makes of the same document', () => {
    fc.assert(
      fc.property(documentText, (text) => {
        expect(canonicalize(text)).toBe(byLibrary(text));
      }),
      { numRuns: 500 },
    );
  });

  it('is the same through the tree, and through serialising it', () => {
    fc.assert(
      fc.property(documentText, (text) => {
        const tree = parseXml(text);
        expect(canonicalXml(tree)).toBe(canonicalize(text));
        expect(parseXml(serializeXml(tree))).toEqual(tree);
        expect(canonicalize(serializeXml(tree))).toBe(canonicalize(text));
      }),
      { numRuns: 500 },
    );
  });

  it('is its own canonical form', () => {
    fc.assert(
      fc.property(documentText, (text) => {
        const canonical = canonicalize(text);
        expect(canonicalize(canonical)).toBe(canonical);
      }),
    );
  });

  it.each([
    [
      'sorts attributes by namespace, then local name',
      '<r xmlns:p="urn:z" xmlns:q="urn:a" p:a="1" q:b="2" b="3" a="4"/>',
    ],
    [
      'drops repeated equal declarations and keeps unused ones',
      '<r xmlns="urn:a" xmlns:u="urn:u"><a xmlns="urn:a"><b xmlns=""><c xmlns=""/></b></a></r>',
    ],
    ['writes CDATA as text', '<r><![CDATA[<a>&]]>x<![CDATA[]]></r>'],
    [
      'keeps comments and instructions beside the root on lines of their own',
      '<?xml version="1.0"?> <!--a--><?t d?>\n<r/> <!--b-->\n',
    ],
    ['normalises line ends and keeps those given by reference', '<r a="x&#13;&#10;&#9;y\r\n z">1\r\n2\r3&#13;</r>'],
    [
      'declares the namespaces of xml: never',
      '<r xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="en" xml:space="preserve"> </r>',
    ],
    ['restores the default namespace where it was taken away', '<p:r xmlns:p="urn:p"><a xmlns="urn:d"/><b/></p:r>'],
  ])('%s', (_rule, text) => {
    expect(canonicalize(text)).toBe(byLibrary(text));
    expect(canonicalXml(parseXml(text))).toBe(byLibrary(text));
  });

  it('sorts by code points, not by UTF-16 units', () => {
    expect(canonicalize('<r \u{10000}="1" \uFDF0="2"/>')).toBe('<r \uFDF0="2" \u{10000}="1"></r>');
  });
});

it('is refused where only the canonical form is too long to be read again', () => {
  const text = '<a><b/><b></b></a>';
  expect(canonicalize(text, { ...defaultXmlLimits, maxOctets: 21 })).toBe('<a><b></b><b></b></a>');
  expect(() => canonicalize(text, { ...defaultXmlLimits, maxOctets: 20 })).toThrow(/20 octets/);
});
