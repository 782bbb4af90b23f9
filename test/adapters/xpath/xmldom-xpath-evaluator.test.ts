import { describe, expect, it } from 'vitest';
import { XmldomXPathEvaluator } from '../../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { parseGid } from '../../../src/objects/gid.ts';
import { queryNamed } from '../../../src/objects/query.ts';
import type { Version } from '../../../src/objects/version.ts';
import { topGid } from '../../../src/objects/gid.ts';
import { digestOfText } from '../../../src/xml/digest.ts';

const xpath = new XmldomXPathEvaluator();

function object(document: string, id = 'anna'): Version {
  const gid = parseGid(`gid-${id}`) ?? topGid;
  return { gid, parent: topGid, id, type: 'object', document, documentDigest: digestOfText(document) };
}

const anna = object('<object portal_type="Person"><age type="int">42</age></object>');

describe('a query', () => {
  it.each(['', 'objectValues', ' objectValues '])('takes every object as %j', (text) => {
    expect(queryNamed(text, xpath).isMember(anna)).toBe(true);
  });

  it.each([
    ['@portal_type = "Person"', true],
    ['@portal_type = "Folder"', false],
    ['age > 41', true],
    ['/object/age = 41', false],
    ['./name', false],
    ['count(age)', true],
    ['"" ', false],
    ['starts-with($id, "an") and $type = "object" and $gid = "gid-anna"', true],
  ])('filters by the XPath expression %s', (text, expected) => {
    expect(queryNamed(text, xpath).isMember(anna)).toBe(expected);
  });

  it('looks at each object anew', () => {
    const query = queryNamed('age = 42', xpath);
    const bert = object('<object><age>43</age></object>', 'bert');
    expect([anna, bert, anna].map((each) => query.isMember(each))).toEqual([true, false, true]);
  });

  it('is refused by name when it is unknown, and the known ones are listed', () => {
    expect(() => queryNamed('objectValue', xpath)).toThrow(
      expect.objectContaining({ code: 'CON-R005', message: expect.stringContaining('objectValues') as string }),
    );
  });

  it.each(['count(', '1 +', ']', '//'])('is refused when %j is no expression', (text) => {
    expect(() => queryNamed(text, xpath)).toThrow(expect.objectContaining({ code: 'CON-E007', name: 'RequestError' }));
  });

  it.each(['p:age', 'nothing()', '$nobody', 'age[nothing()]'])('that fails on an object is an error: %s', (text) => {
    const query = queryNamed(text, xpath);
    expect(() => query.isMember(anna)).toThrow(expect.objectContaining({ code: 'CON-E007', name: 'ConduitError' }));
  });

  it('is an error on a document that cannot be read', () => {
    const query = queryNamed('./age', xpath);
    expect(() => query.isMember(object('<object><age></object>'))).toThrow(
      expect.objectContaining({ code: 'CON-E007' }),
    );
  });
});
