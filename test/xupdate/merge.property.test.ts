import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalXml } from '../../src/xml/canonical.ts';
import { exceededLimit } from '../../src/xml/exceeded-limit.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeNode, serializeXml } from '../../src/xml/serialize.ts';
import type { XmlDocument, XmlNode } from '../../src/xml/tree.ts';
import type { Clash } from '../../src/xupdate/merge.ts';
import { merge } from '../../src/xupdate/merge.ts';
import { readPlace, writePlace } from '../../src/xupdate/place.ts';
import { document } from '../xml/arbitrary-document.ts';
import { editedDocument, forkedDocument, keyedRecords, records } from './arbitrary-edit.ts';
import { forkedNamespaces } from './arbitrary-namespaces.ts';

// A comment or instruction that is gone is named by its gap, where its value is XML; one that stands has its text.
function textOf(value: string | undefined): string | undefined {
  return value?.replace(/^<!--([^]*)-->$/, '$1').replace(/^<\?\w+ ?([^]*)\?>$/, '$1');
}

function values({ base, publisher, incoming }: Clash): string {
  return JSON.stringify([base, publisher, incoming].map(textOf));
}

function swapped({ base, publisher, incoming }: Clash): string {
  return JSON.stringify([base, incoming, publisher].map(textOf));
}

/** What a document holds, without order and white space. */
function holdings(node: XmlNode): string {
  if (node.kind === 'text') return node.text.trim();
  if (node.kind !== 'element') return serializeNode(node);
  const attributes = node.attributes.map(({ local, namespace, value }) => `${local} ${namespace} ${value}`).sort();
  return `<${node.local} ${node.namespace} ${attributes.join()}>${node.children.map(holdings).sort().join('')}`;
}

function show(...trees: readonly XmlDocument[]): string {
  return trees.map(serializeXml).join('\n');
}

const attributes = fc
  .shuffledSubarray(['id', 'gid', 'k', 'm'])
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.constantFrom('1', '2', '3').map((value) => ` ${name}="${value}"`))),
  )
  .map((written) => written.join(''));
const namedByClashes = fc
  .tuple(attributes, fc.constantFrom('1', '2', '3'), attributes, attributes, fc.constantFrom('x', 'y', 'z'))
  .map(([root, text, one, two, other]) =>
    parseXml(`<r${root}><a${one} name="a"><t>${text}</t></a><a${two} name="b"><t>${other}</t></a></r>`),
  );
const rootsAndOrder = fc
  .tuple(namedByClashes, namedByClashes, namedByClashes, fc.integer())
  .map(([base, ours, theirs, seed]) => {
    const bare = (each: XmlDocument): XmlDocument => parseXml(serializeXml(each).replace(/><a.*$/, '/>'));
    return [bare(base), bare(ours), bare(theirs), seed] as const;
  });

const forkedRecords = fc.tuple(records, records, records);
const declaredAnywhere = forkedNamespaces.map(({ documents }) => documents);

type Forks = fc.Arbitrary<readonly [XmlDocument, XmlDocument, XmlDocument]>;

const forks: readonly (readonly [string, Forks])[] = [
  ['forks of one document', forkedDocument],
  ['lists of records', forkedRecords],
  ['namespaces declared anywhere', declaredAnywhere],
];
const withKeys: readonly (readonly [string, Forks])[] = [
  ['lists of records', fc.tuple(keyedRecords, keyedRecords, keyedRecords)],
  ['namespaces declared anywhere', declaredAnywhere],
];

describe('a merge', () => {
  it('gives the other side when one has not changed, or both have changed alike', () => {
    fc.assert(
      fc.property(editedDocument, ([base, side]) => {
        for (const input of [
          { base, publisher: side, incoming: base },
          { base, publisher: base, incoming: side },
          { base, publisher: side, incoming: side },
          { base: undefined, publisher: side, incoming: side },
        ]) {
          const { document: merged, clashes } = merge(input);
          expect(canonicalXml(merged)).toBe(canonicalXml(side));
          expect(clashes).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([...forks, ['unrelated documents', fc.tuple(document, document, document)] as const])(
    'is always well-formed: %s',
    (_name, forked: Forks) => {
      fc.assert(
        fc.property(forked, ([base, publisher, incoming]) => {
          for (const before of [base, undefined]) {
            const { document: merged } = merge({ base: before, publisher, incoming });
            const text = serializeXml(merged);
            expect(canonicalXml(parseXml(text)), show(base, publisher, incoming)).toBe(canonicalXml(merged));
          }
        }),
        { numRuns: 500 },
      );
    },
  );

  it.each([...forks, ['attributes', fc.tuple(namedByClashes, namedByClashes, namedByClashes)] as const])(
    'is within the limits, or leaves one side: %s',
    (_name, forked: Forks) => {
      const narrowed = fc.record({
        maxOctets: fc.integer({ min: 100, max: 10_000 }),
        maxDepth: fc.integer({ min: 1, max: 12 }),
        maxAttributes: fc.integer({ min: 1, max: 16 }),
        maxNodes: fc.integer({ min: 1, max: 200 }),
      });
      fc.assert(
        fc.property(forked, narrowed, ([base, publisher, incoming], limits) => {
          // As they are read: then it is known how large they are.
          const [before, ours, theirs] = [base, publisher, incoming].map((each) => parseXml(serializeXml(each)));
          if (ours === undefined || theirs === undefined) return;
          const { document: merged } = merge({ base: before, publisher: ours, incoming: theirs, limits });
          const isOneSide = [publisher, incoming].some((each) => canonicalXml(each) === canonicalXml(merged));
          if (!isOneSide)
            expect(exceededLimit(merged, limits), show(base, publisher, incoming, merged)).toBeUndefined();
        }),
        { numRuns: 500 },
      );
    },
  );

  it.each(forks)('has the publisher’s value at the place of each clash: %s', (_name, forked: Forks) => {
    fc.assert(
      fc.property(forked, ([base, publisher, incoming]) => {
        const { document: merged, clashes } = merge({ base, publisher, incoming });
        for (const clash of clashes) {
          expect(readPlace(merged, clash.place), `${clash.place}\n${show(base, publisher, incoming, merged)}`).toBe(
            clash.publisher,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(forks)(
    'has the same clashes with the names swapped when the sides are swapped: %s',
    (_name, forked: Forks) => {
      fc.assert(
        fc.property(forked, ([base, publisher, incoming]) => {
          const there = merge({ base, publisher, incoming }).clashes.map(values).sort();
          const back = merge({ base, publisher: incoming, incoming: publisher }).clashes.map(swapped).sort();
          expect(back, show(base, publisher, incoming)).toEqual(there);
        }),
        { numRuns: 500 },
      );
    },
  );

  it.each([
    ['forks of one document', forkedDocument],
    ['lists of records with keys', fc.tuple(keyedRecords, keyedRecords, keyedRecords)],
    ['namespaces declared anywhere', declaredAnywhere],
  ] as const)('without a clash holds the same when the sides are swapped: %s', (_name, forked: Forks) => {
    fc.assert(
      fc.property(forked, ([base, publisher, incoming]) => {
        const there = merge({ base, publisher, incoming });
        const back = merge({ base, publisher: incoming, incoming: publisher });
        if (there.clashes.length === 0)
          expect(holdings(back.document.root), show(base, publisher, incoming)).toBe(holdings(there.document.root));
      }),
      { numRuns: 500 },
    );
  });

  // Where siblings have neither keys nor names of their own, a settled document no longer shows which one was edited and which inserted.
  it.each(withKeys)(
    'is quiet once every clash is settled for the incoming side, where siblings have keys: %s',
    (_name, forked) => {
      fc.assert(
        fc.property(forked, ([base, publisher, incoming]) => {
          const { document: merged, clashes } = merge({ base, publisher, incoming });
          const settled = clashes
            .toReversed()
            .reduce((tree, { place, incoming: value }) => writePlace(tree, place, value), merged);
          const again = merge({ base, publisher: settled, incoming });
          expect(again.clashes, show(base, publisher, incoming, merged, settled)).toEqual([]);
        }),
        { numRuns: 1000 },
      );
    },
  );

  // The places of the root and of its records are named by attributes that clash themselves.
  it('is quiet once every clash is settled for the incoming side, also of the attributes that places are named by', () => {
    fc.assert(
      fc.property(namedByClashes, namedByClashes, namedByClashes, (base, publisher, incoming) => {
        const keys = { attributes: ['name'] };
        const { document: merged, clashes } = merge({ base, publisher, incoming, keys });
        const settled = clashes
          .toReversed()
          .reduce((tree, clash) => writePlace(tree, clash.place, clash.incoming), merged);
        const again = merge({ base, publisher: settled, incoming, keys });
        expect(again.clashes, show(base, publisher, incoming, merged, settled)).toEqual([]);
        expect(holdings(settled.root)).toBe(
          holdings(merge({ base, publisher: incoming, incoming: publisher, keys }).document.root),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('has clashes about the root’s attributes that are settled in any order, also of those that its place is named by', () => {
    fc.assert(
      fc.property(rootsAndOrder, ([base, publisher, incoming, seed]) => {
        const { document: merged, clashes } = merge({ base, publisher, incoming });
        const inOrder = fc.sample(fc.shuffledSubarray([...clashes], { minLength: clashes.length }), {
          seed,
          numRuns: 1,
        })[0];
        const settled = (inOrder ?? []).reduce((tree, clash) => writePlace(tree, clash.place, clash.incoming), merged);
        for (const { place, incoming: value } of clashes) expect(readPlace(settled, place)).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  it.each(withKeys)(
    'is quiet once every clash is settled for the publisher’s side, and the incoming side has the result: %s',
    (_name, forked) => {
      fc.assert(
        fc.property(forked, ([base, publisher, incoming]) => {
          const { document: merged } = merge({ base, publisher, incoming });
          const again = merge({ base, publisher, incoming: merged });
          expect(again.clashes, show(base, publisher, incoming, merged)).toEqual([]);
          expect(holdings(again.document.root)).toBe(holdings(merged.root));
        }),
        { numRuns: 500 },
      );
    },
  );
});
