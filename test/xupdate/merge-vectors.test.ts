import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalize, canonicalXml } from '../../src/xml/canonical.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { merge } from '../../src/xupdate/merge.ts';
import { writePlace } from '../../src/xupdate/place.ts';

const home = join(import.meta.dirname, '../vectors/merge');
const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/merge.md'), 'utf8');
const names = readdirSync(home);

function read(name: string, file: string): string {
  return readFileSync(join(home, name, file), 'utf8');
}

function mergeVector(name: string) {
  const [base, publisher, incoming] = ['base.xml', 'publisher.xml', 'incoming.xml'].map((file) =>
    parseXml(read(name, file)),
  );
  if (base === undefined || publisher === undefined || incoming === undefined) return expect.fail('a file is missing');
  return { base, incoming, ...merge({ base, publisher, incoming }) };
}

describe('a merge gives the document and the conflicts of the vector', () => {
  it.each(names)('%s', (name) => {
    const { document, clashes } = mergeVector(name);
    expect(canonicalXml(document)).toBe(canonicalize(read(name, 'merged.xml')));
    expect(clashes).toEqual(JSON.parse(read(name, 'conflicts.json')));
  });
});

describe('a merge is quiet once its conflicts are settled for the incoming side, from last to first', () => {
  it.each(names)('%s', (name) => {
    const { base, incoming, document, clashes } = mergeVector(name);
    const settled = clashes
      .toReversed()
      .reduce((tree, { place, incoming: value }) => writePlace(tree, place, value), document);
    expect(merge({ base, publisher: settled, incoming }).clashes).toEqual([]);
  });
});

it('has a row in the guide for each vector, and a vector for each row', () => {
  const rows = [...guide.matchAll(/`(\d{3}-[a-z-]+)`/g)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual(names.toSorted());
});
