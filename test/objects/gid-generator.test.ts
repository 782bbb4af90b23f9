import { describe, expect, it } from 'vitest';
import { gidGeneratorNamed } from '../../src/objects/gid-generator.ts';

const document =
  '<object portal_type="Person"><email type="string"> a@b.example </email><property name="id no" type="int">7</property></object>';
const object = { path: ['people', 'a/b'], document };

describe('a GID generator', () => {
  it.each([
    ['id', 'a/b'],
    ['path', 'people/a%2Fb'],
    ['property:email', 'a@b.example'],
    ['property:id no', '7'],
    ['property:@portal_type', 'Person'],
    ['property:phone', undefined],
  ])('%j makes the gid out of what the object is', (name, gid) => {
    expect(gidGeneratorNamed(name)?.(object)).toBe(gid);
  });

  it.each(['', 'uuid'])('%j is none: a gid is random', (name) => {
    expect(gidGeneratorNamed(name)).toBeUndefined();
  });

  it.each([
    ['getGid', 'CON-R005', 'uuid, id, path, property:NAME'],
    ['property:', 'CON-R008', 'name, @attribute or element/name'],
  ])('%j is refused, with what there is', (name, code, message) => {
    expect(() => gidGeneratorNamed(name)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});
