import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serializeXml } from '../../src/xml/serialize.ts';
import { documentAndSelect, selectPrefixes } from './arbitrary-select.ts';
import { byConcord, byLibxml2, byXmldom } from './three-evaluators.ts';

const scope = new Map(Object.entries(selectPrefixes));

describe('a select of the peers’ grammar', () => {
  it('finds what xpath on xmldom finds, and what libxml2 finds', () => {
    let hits = 0;
    fc.assert(
      fc.property(documentAndSelect, ([tree, select]) => {
        const nodes = byConcord(tree, { select, scope }, 'tool');
        const context = `${select} in ${serializeXml(tree)}`;
        expect(nodes, context).toEqual(byXmldom(tree, { select, scope }));
        expect(nodes, context).toEqual(byLibxml2(tree, { select, scope }));
        if (nodes.length > 0) hits++;
      }),
      { numRuns: 2000 },
    );
    expect(hits).toBeGreaterThan(300);
  });

  it('finds for a peer that one node, or is refused for none or several on the way', () => {
    fc.assert(
      fc.property(documentAndSelect, ([tree, select]) => {
        const nodes = byLibxml2(tree, { select, scope });
        const one = byConcord(tree, { select, scope }, 'peer');
        const context = `${select} in ${serializeXml(tree)}`;
        if (typeof one !== 'string') expect(one, context).toEqual(nodes);
        else if (one === 'select-empty') expect(nodes, context).toEqual([]);
        else expect(one, context).toBe('select-many');
      }),
      { numRuns: 1000 },
    );
  });
});
