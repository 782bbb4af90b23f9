import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeNode } from '../../src/xml/serialize.ts';
import type { XmlElement, XmlNode } from '../../src/xml/tree.ts';
import { ChildList } from '../../src/xupdate/child-list.ts';
import type { NodeTest } from '../../src/xupdate/node-test.ts';
import { passes } from '../../src/xupdate/node-test.ts';
import { WorkingElement } from '../../src/xupdate/working-tree.ts';

/** What is done to a list: where it matters, to the n-th child, wrapped around. */
interface Act {
  readonly does: 'all' | 'nth' | 'count' | 'names' | 'insert' | 'remove' | 'rekey' | 'settle' | 'around';
  readonly at: number;
  readonly id: string;
  readonly by: 'id' | 'gid';
}

const ids = ['a', 'b', 'c', 'd'];
const names = Array.from({ length: 40 }, (_, number) => `n${String(number)}`);
const act: fc.Arbitrary<Act> = fc.record({
  does: fc.constantFrom('all', 'nth', 'count', 'names', 'insert', 'remove', 'rekey', 'settle', 'around'),
  at: fc.nat(400),
  id: fc.constantFrom(...ids, 'r3', 'r17', 'r40'),
  by: fc.constantFrom('id', 'gid'),
});

function element(text: string): XmlElement {
  return parseXml(text).root;
}

// Most have a key of their own, some share one, some have none, and some are there twice.
const shared = element('<r id="a"/>');
const list = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.nat(60).map((number) => element(`<r id="r${String(number)}" gid="g"/>`)) },
    { weight: 1, arbitrary: fc.constantFrom(...ids).map((id) => element(`<r id="${id}"/>`)) },
    { weight: 1, arbitrary: fc.constantFrom(shared, element('<s/>')) },
    { weight: 4, arbitrary: fc.constantFrom(...names).map((name) => element(`<${name} id="a"/>`)) },
  ),
  { minLength: 30, maxLength: 300, size: 'max' },
);

function frozenTexts(children: ChildList<WorkingElement>): readonly string[] {
  return children.frozen((node) => node.freeze()).map(serializeNode);
}

function testOf({ by, id }: Act): NodeTest {
  const value = by === 'gid' ? 'g' : id;
  return { kind: 'element', local: 'r', namespace: '', key: { attribute: by, value } };
}

function withId(node: XmlElement, value: string): XmlElement {
  return { ...node, attributes: [{ name: 'id', prefix: '', local: 'id', namespace: '', value }] };
}

/** Does it to the list and to a plain array. */
function doBoth(children: ChildList<WorkingElement>, model: XmlElement[], act: Act): void {
  const at = model.length === 0 ? 0 : act.at % model.length;
  const test = testOf(act);
  const passing = model.filter((node) => passes(node, test)).map(serializeNode);
  const there = act.does === 'insert' ? undefined : children.at(at);
  switch (act.does) {
    case 'all':
      expect(children.all(test).map((node) => serializeNode(node.freeze()))).toEqual(passing);
      return;
    case 'nth': {
      const found = children.nth(test, act.at);
      expect(found && serializeNode(found.freeze())).toBe(passing[act.at - 1]);
      return;
    }
    case 'count':
      expect(children.count(test)).toBe(passing.length);
      return;
    case 'names':
      for (const local of names) {
        const named: NodeTest = { kind: 'element', local, namespace: '', key: undefined };
        const all = model.filter((node) => node.local === local).map(serializeNode);
        expect(children.count(named)).toBe(all.length);
        expect(children.all(named).map((node) => serializeNode(node.freeze()))).toEqual(all);
        const nth = children.nth(named, all.length);
        expect(nth && serializeNode(nth.freeze())).toBe(all.at(-1));
      }
      return;
    case 'insert': {
      const added = Array.from({ length: 1 + ((act.at * 7) % 300) }, () =>
        element(`<${act.by === 'id' ? 'r' : (names[act.at % 40] ?? 'r')} id="${act.id}"/>`),
      );
      children.insert(
        added.map((node) => new WorkingElement(node)),
        children.at(at),
      );
      model.splice(at, 0, ...added);
      return;
    }
    case 'remove':
      if (there !== undefined) children.remove(there);
      model.splice(at, 1);
      return;
    case 'rekey': {
      const before = model[at];
      if (there === undefined || before === undefined) return;
      const changed = withId(before, act.id);
      children.reindex(there, () => {
        there.set({ attributes: changed.attributes });
      });
      model[at] = changed;
      return;
    }
    case 'settle':
      children.replaceUntouched((node: XmlNode) => ({ ...node }));
      return;
    case 'around':
      if (there === undefined) return;
      expect([children.previous(there)?.freeze(), children.next(there)?.freeze()]).toEqual([
        at === 0 ? undefined : model[at - 1],
        model[at + 1],
      ]);
      return;
    default:
      act.does satisfies never;
  }
}

it('finds the children with a key or a name, in order, whatever was asked for, put in, taken out or changed before', () => {
  fc.assert(
    fc.property(list, fc.array(act, { minLength: 1, maxLength: 40 }), (nodes, acts) => {
      // Holds: there are only elements in the list.
      const children = new ChildList(nodes, (node) => new WorkingElement(node as XmlElement));
      const model = [...nodes];
      for (const act of acts) doBoth(children, model, act);
      expect(children.size).toBe(model.length);
      expect(frozenTexts(children)).toEqual(model.map(serializeNode));
    }),
    { numRuns: 400 },
  );
});
