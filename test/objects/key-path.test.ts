import { describe, expect, it } from 'vitest';
import { parseKeyPath } from '../../src/objects/key-path.ts';
import { parseXml } from '../../src/xml/parse.ts';

const { root } = parseXml(
  `<system id="s1" name="attribute"><name> 11 <b>Com</b></name><empty> </empty><star/><star ref="r2"><name>A</name></star>
  <p:code xmlns:p="urn:p">7</p:code><property name="Planet Name" type="string">b</property></system>`,
);

describe('a key', () => {
  it.each([
    ['name', '11 Com'],
    ['@name', 'attribute'],
    ['id', 's1'],
    ['@id', 's1'],
    ['star/name', 'A'],
    ['star/@ref', 'r2'],
    ['star/ref', 'r2'],
    ['p:code', '7'],
    ['Planet Name', 'b'],
    ['empty', undefined],
    ['nothing', undefined],
    ['star/nothing', undefined],
    ['name/@id', undefined],
  ])('is found at %s', (path, value) => {
    expect(parseKeyPath(path)(root)).toBe(value);
  });

  it.each(['', '/', '@', 'a//b', '/name', '@a/b', 'a/'])('is not looked for at %j', (path) => {
    expect(() => parseKeyPath(path)).toThrow(expect.objectContaining({ code: 'CON-R008' }));
  });
});
