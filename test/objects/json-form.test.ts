import { describe, expect, it } from 'vitest';
import { documentFromJson, jsonFromDocument } from '../../src/objects/json-form.ts';
import { canonicalize } from '../../src/xml/canonical.ts';

describe('a JSON value becomes the property that it looks like', () => {
  it.each([
    ['a string', 'x < y', '<p type="string">x &lt; y</p>'],
    ['a string of several lines', 'a\nb', '<p type="text">a\nb</p>'],
    ['a whole number', -12, '<p type="int">-12</p>'],
    ['a number with a fraction', 1.5, '<p type="float">1.5</p>'],
    ['a number beyond whole ones', 1e21, '<p type="float">1e+21</p>'],
    ['a truth value', true, '<p type="boolean">true</p>'],
    ['null', null, '<p type="None"></p>'],
    ['strings', ['a', ''], '<p type="lines"><item>a</item><item></item></p>'],
    ['other values', ['a', 1], '<p type="list"><item type="string">a</item><item type="int">1</item></p>'],
    ['an object', { a: 1 }, '<p type="dict"><a type="int">1</a></p>'],
    ['a value with its type', { type: 'date', value: '2026-01-31' }, '<p type="date">2026-01-31</p>'],
  ])('%s', (_what, value, element) => {
    const document = `<object portal_type="Person">${element}</object>`;
    expect(documentFromJson({ portal_type: 'Person', p: value })).toBe(document);
    expect(jsonFromDocument(document)).toEqual({ portal_type: 'Person', p: value });
  });
});

describe('a document is kept as XML where properties cannot say it', () => {
  it.each([
    ['foreign', '<system><name>11 Com</name></system>'],
    ['a property without type', '<object portal_type="P"><a>1</a></object>'],
    ['a property twice', '<object portal_type="P"><a type="int">1</a><a type="int">2</a></object>'],
    ['white space between', '<object portal_type="P"> <a type="int">1</a></object>'],
    ['another attribute', '<object id="x" portal_type="P"></object>'],
    ['a comment', '<object portal_type="P"><!-- --></object>'],
    [
      'a name that could stand without help',
      '<object portal_type="P"><property name="a" type="int">1</property></object>',
    ],
  ])('%s', (_what, document) => {
    expect(jsonFromDocument(document)).toEqual({ xml: document });
    expect(canonicalize(document)).toBe(document);
  });

  it('keeps the spelling of a number', () => {
    expect(jsonFromDocument('<object portal_type="P"><a type="float">1.50</a></object>')).toEqual({
      portal_type: 'P',
      a: { type: 'float', value: '1.50' },
    });
  });
});

describe('JSON is refused', () => {
  const deep = JSON.parse(`${'['.repeat(70)}1${']'.repeat(70)}`) as unknown; // a plain array
  it.each([
    ['an array', [], 'CON-R014'],
    ['a type that is no string', { portal_type: 1 }, 'CON-R014'],
    ['too deep', { a: deep }, 'CON-R014'],
    ['a character that XML cannot hold', { a: '\u0001' }, 'CON-X001'],
    ['half of a surrogate pair', { a: '\uD800' }, 'CON-X001'],
    ['a DOCTYPE', { xml: '<!DOCTYPE a><a/>' }, 'CON-X003'],
  ])('%s', (_what, value, code) => {
    expect(() => documentFromJson(value)).toThrow(expect.objectContaining({ code }));
  });
});
