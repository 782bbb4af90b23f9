import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serializeXml } from '../../src/xml/serialize.ts';
import { merge } from '../../src/xupdate/merge.ts';
import { readPlace, writePlace } from '../../src/xupdate/place.ts';
import { forkedNamespaces, held } from './arbitrary-namespaces.ts';

type Fields = ReadonlyMap<string, string> | undefined;

function threeWay(
  before: string | undefined,
  ours: string | undefined,
  theirs: string | undefined,
): readonly (string | undefined)[] {
  if (ours === theirs || theirs === before) return [ours];
  return ours === before ? [theirs] : [ours, theirs];
}

describe('a merge of documents that declare their namespaces anywhere', () => {
  it('puts each edit into the namespace that it was made in, or asks', () => {
    fc.assert(
      fc.property(forkedNamespaces, ({ held: [base, ours, theirs], documents }) => {
        const [before, publisher, incoming] = documents;
        const merged = merge({ base: before, publisher, incoming });
        const shown = `${[...documents, merged.document].map(serializeXml).join('\n')}\n${JSON.stringify(merged.clashes, null, 1)}`;
        const found = held(merged.document);
        for (const id of new Set([...ours.keys(), ...theirs.keys()])) {
          const of = (entries: ReadonlyMap<string, Fields>, field: string): string | undefined =>
            entries.get(id)?.get(field);
          const fields = new Set([base, ours, theirs, found].flatMap((each) => [...(each.get(id)?.keys() ?? [])]));
          const asked = merged.clashes.filter(({ place }) => place === '/r' || place.includes(`e[@id='${id}']`));
          for (const field of fields) {
            const standing = threeWay(of(base, field), of(ours, field), of(theirs, field));
            if (standing.length > 1) expect(asked, `${id} ${field}\n${shown}`).not.toEqual([]);
            // What is in conflict stands as the publisher has it; so does all of an entry that is one thing.
            const wanted = asked.length === 0 ? standing : [...standing, of(ours, field)];
            expect(wanted, `${id} ${field}\n${shown}`).toContain(of(found, field));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('asks where the values differ, and writes what is decided where it was asked', () => {
    fc.assert(
      fc.property(forkedNamespaces, ({ documents: [before, publisher, incoming] }) => {
        const { document, clashes } = merge({ base: before, publisher, incoming });
        const shown = `${[before, publisher, incoming, document].map(serializeXml).join('\n')}\n${JSON.stringify(clashes, null, 1)}`;
        for (const clash of clashes) {
          expect(clash.incoming, shown).not.toBe(clash.publisher);
          if (!/@\w+:\w+$/.test(clash.place)) continue;
          const id = /@id='(\d)'/.exec(clash.place)?.[1] ?? '';
          const [old, fresh] = [held(document).get(id), held(writePlace(document, clash.place, 'decided')).get(id)];
          const field = [...(fresh ?? [])].find(([, value]) => value === 'decided')?.[0] ?? '';
          const sides = [before, publisher, incoming].map((each) => held(each).get(id)?.get(field));
          expect(sides, `${clash.place}\n${shown}`).toEqual([clash.base, clash.publisher, clash.incoming]);
          expect([...(fresh ?? new Map<string, string>()).keys()].sort()).toEqual(
            [...new Set([...(old ?? new Map<string, string>()).keys(), field])].sort(),
          );
          expect(readPlace(document, clash.place), shown).toBe(clash.publisher);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no declaration for an edit, wherever it stands', () => {
    fc.assert(
      fc.property(forkedNamespaces, forkedNamespaces, ({ documents: [before, publisher] }, other) => {
        fc.pre(other.held[0].size > 0);
        const [written, , again] = other.documents;
        expect(merge({ base: before, publisher, incoming: before }).clashes).toEqual([]);
        const { clashes } = merge({ base: written, publisher: written, incoming: again });
        expect(clashes).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
