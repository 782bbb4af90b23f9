import { describe, expect, it } from 'vitest';
import { conduitNamed } from '../../src/conduits/conduit.ts';
import { topGid } from '../../src/objects/gid.ts';
import type { Version } from '../../src/objects/version.ts';
import { newVersion } from '../../src/objects/version.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { keyOfElement } from '../../src/xupdate/keys.ts';

function row(document: string, id = 'first'): Version {
  return newVersion({ gid: topGid, parent: topGid, id, type: 'object', document });
}

function keyOf(conduit: string, element: string): string | undefined {
  const key = keyOfElement(parseXml(element).root, conduitNamed(conduit).keys);
  return key && `${key.name}=${key.value}`;
}

describe('a conduit is found by its name', () => {
  it.each(['object', 'xml', 'row', 'xml:planet=name, ref', 'row:code,country', 'text'])('%s', (name) => {
    expect(conduitNamed(name).name).toBe(name);
  });

  it('and is that for objects when there is no name', () => {
    expect(conduitNamed('').name).toBe('object');
  });

  it.each(['objects', 'vcard', 'object:x', 'text:x'])(
    'and refused when it is unknown, with those that are known: %s',
    (name) => {
      const message = expect.stringContaining('object, xml, row') as string;
      expect(() => conduitNamed(name)).toThrow(expect.objectContaining({ code: 'CON-R005', message }));
    },
  );

  it.each(['xml:=name', 'xml:a=b=c'])('and refused when its settings are none: %s', (name) => {
    expect(() => conduitNamed(name)).toThrow(expect.objectContaining({ code: 'CON-R008' }));
  });
});

describe('repeated elements are told apart', () => {
  it.each([
    ['object', '<object id="2" gid="1"/>', 'gid=1'],
    ['xml', '<planet name="b" id="2"/>', 'id=2'],
    ['xml:ref', '<planet id="2" ref="3"/>', 'ref=3'],
    ['xml:planet=name', '<planet id="2" name="b"/>', 'name=b'],
    ['xml:planet=name', '<star id="2" name="b"/>', 'id=2'],
    ['xml:planet=', '<planet id="2"/>', undefined],
    ['row', '<property name="a b" id="2"/>', 'name=a b'],
  ])('by %s: %s', (conduit, element, key) => {
    expect(keyOf(conduit, element)).toBe(key);
  });
});

describe('a document is taken', () => {
  it.each(['object', 'xml', 'row'])('by %s in canonical form', (name) => {
    const conduit = conduitNamed(name);
    expect(conduit.check('<object  b="1" a="2"/>')).toBe('<object a="2" b="1"></object>');
  });

  it.each(['object', 'xml'])('of any vocabulary by %s', (name) => {
    const conduit = conduitNamed(name);
    expect(conduit.typeOf(conduit.check('<system/>'))).toBe('xml');
  });

  it.each(['object', 'xml', 'row'])('not by %s when it is malformed', (name) => {
    expect(() => conduitNamed(name).check('<a>')).toThrow(expect.objectContaining({ code: 'CON-X001' }));
  });

  it('not as a row when it is none', () => {
    expect(() => conduitNamed('row').check('<system/>')).toThrow(
      expect.objectContaining({ code: 'CON-E008', name: 'ConduitError' }),
    );
  });
});

describe('two rows that never met are the same', () => {
  const at = row('<object><code>4</code><property name="a b">x</property><empty></empty></object>');
  it.each([
    ['row', 'first'],
    ['row:code', '["4"]'],
    ['row:code,a b', '["4","x"]'],
    ['row:code,empty', undefined],
    ['row:nothing', undefined],
  ])('by %s', (conduit, key) => {
    expect(conduitNamed(conduit).keyOf?.(at)).toBe(key);
  });
});
