import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import type { XmlElement } from '../../src/xml/tree.ts';
import type { Merged } from '../../src/xupdate/merge.ts';
import { merge } from '../../src/xupdate/merge.ts';

/** A record is told by its name alone: no other field says which one it is. */
interface Entry {
  readonly name: string;
  readonly fields: readonly string[];
}

type Form = (entry: Entry) => string;

const LETTERS = ['p', 'q', 's'];
const NAMES = ['A', 'B', 'C', 'D', 'E', 'F'];

const forms: readonly (readonly [string, Form])[] = [
  [
    'attributes',
    ({ name, fields }) => `<i name="${name}"${fields.map((each, at) => ` ${letter(at)}="${each}"`).join('')}/>`,
  ],
  ['child elements', ({ name, fields }) => `<i><name>${name}</name>${fields.map(asElement).join('')}</i>`],
  [
    'attributes of child elements',
    ({ name, fields }) =>
      `<i><name is="${name}"/>${fields.map((each, at) => `<${letter(at)} is="${each}"/>`).join('')}</i>`,
  ],
  [
    'a text and attributes',
    ({ name, fields }) => `<i${fields.map((each, at) => ` ${letter(at)}="${each}"`).join('')}>${name}</i>`,
  ],
  [
    'elements below others',
    ({ name, fields }) => `<i><head><name>${name}</name>${fields.map(asElement).join('')}</head></i>`,
  ],
  [
    'indented child elements',
    ({ name, fields }) =>
      `\n <i>\n  <name>${name}</name>${fields.map((each, at) => `\n  ${asElement(each, at)}`).join('')}\n </i>`,
  ],
];

function letter(at: number): string {
  return LETTERS[at] ?? 'z';
}

function asElement(value: string, at: number): string {
  return `<${letter(at)}>${value}</${letter(at)}>`;
}

const value = fc.constantFrom('1', '2', '3');

/** A list on three sides: each side edits fields and inserts records anywhere; none is deleted, moved or renamed. */
const lists = fc.integer({ min: 1, max: 3 }).chain((width) => {
  const fields = fc.array(value, { minLength: width, maxLength: width });
  const edits = fc.array(fc.tuple(fc.nat(5), fc.nat(width - 1), value), { maxLength: 4 });
  const inserts = (names: readonly string[]) =>
    fc
      .array(fc.tuple(fc.nat(6), fields), { maxLength: names.length })
      .map((list) => list.map(([at, values], index) => ({ at, entry: { name: names[index] ?? '', fields: values } })));
  const both = fc.option(fc.tuple(fc.nat(6), fields), { nil: undefined });
  return fc
    .record({
      base: fc.array(fields, { minLength: 1, maxLength: 6 }),
      ours: edits,
      theirs: edits,
      newOurs: inserts(['P', 'Q']),
      newTheirs: inserts(['I', 'J']),
      both,
    })
    .map(({ base, ours, theirs, newOurs, newTheirs, both }) => {
      const before = base.map((values, at) => ({ name: NAMES[at] ?? '', fields: values }));
      const shared = both === undefined ? [] : [{ at: both[0], entry: { name: 'S', fields: both[1] } }];
      return [
        before,
        side(before, ours, [...shared, ...newOurs]),
        side(before, theirs, [...shared, ...newTheirs]),
      ] as const;
    });
});

function side(
  base: readonly Entry[],
  edits: readonly (readonly [number, number, string])[],
  inserts: readonly { readonly at: number; readonly entry: Entry }[],
): readonly Entry[] {
  const entries = base.map(({ name, fields }) => ({ name, fields: [...fields] }));
  for (const [at, field, value] of edits) {
    const entry = entries[at % entries.length];
    if (entry !== undefined) entry.fields[field] = value;
  }
  // Counted in the base, so that what both insert stands between the same records.
  const order = base.length + 1;
  const made = Array.from({ length: order }, (_, at) =>
    inserts.filter((each) => each.at % order === at).map(({ entry }) => entry),
  );
  return made.flatMap((list, at) => {
    const here = entries[at];
    return here === undefined ? list : [...list, here];
  });
}

function write(entries: readonly Entry[], form: Form): string {
  return `<l>${entries.map(form).join('')}</l>`;
}

/** The values in the order of the document, whatever form they are in. */
function read(element: XmlElement, form: Form): Entry {
  const values = new Map<string, string>();
  const collect = ({ local, attributes, children }: XmlElement): void => {
    for (const each of attributes) values.set(each.local === 'is' ? local : each.local, each.value);
    for (const child of children) {
      if (child.kind === 'element') collect(child);
      else if (child.kind === 'text' && child.text.trim() !== '')
        values.set(local === 'i' ? 'name' : local, child.text);
    }
  };
  collect(element);
  const { name, ...rest } = Object.fromEntries(values);
  const entry = { name: name ?? '', fields: LETTERS.flatMap((each) => (rest[each] === undefined ? [] : [rest[each]])) };
  expect(form(entry).replaceAll(/\s/g, '')).not.toBe('');
  return entry;
}

function entriesOf(merged: Merged, form: Form): readonly Entry[] {
  return merged.document.root.children.flatMap((child) => (child.kind === 'element' ? [read(child, form)] : []));
}

/** Which records the conflicts speak of. */
function inConflict({ document, clashes }: Merged, form: Form): ReadonlySet<string> {
  const names = clashes.flatMap(({ place, base, publisher, incoming }) => {
    const values = [base, publisher, incoming].filter((each) => each?.startsWith('<') === true);
    const named = values.map((each) => read(parseXml(each ?? '').root, form).name);
    const records = document.root.children.filter((child) => child.kind === 'element');
    const record = /^\/l\/i(?:\[(\d+)\])?(?:\/|$)/.exec(place);
    const there = record === null ? undefined : records[Number(record[1] ?? 1) - 1];
    return there === undefined ? named : [...named, read(there, form).name];
  });
  return new Set(names);
}

function byName(entries: readonly Entry[], name: string): Entry | undefined {
  return entries.find((each) => each.name === name);
}

function threeWay(
  before: string | undefined,
  ours: string | undefined,
  theirs: string | undefined,
): string | undefined {
  return ours === before ? theirs : ours;
}

describe.each(forms)('a merge of repeated elements without keys: %s', (_name, form) => {
  it('puts each edit into the record that was edited, or asks', () => {
    fc.assert(
      fc.property(lists, ([base, ours, theirs]) => {
        const [before, publisher, incoming] = [base, ours, theirs].map((each) => parseXml(write(each, form)));
        if (before === undefined || publisher === undefined || incoming === undefined) return;
        const merged = merge({ base: before, publisher, incoming });
        const shown =
          [before, publisher, incoming, merged.document].map(serializeXml).join('\n') + JSON.stringify(merged.clashes);
        const entries = entriesOf(merged, form);
        const asked = inConflict(merged, form);
        for (const name of new Set([...ours, ...theirs].map((each) => each.name))) {
          // What both have inserted alike can as well be what both have made of an old one.
          if (asked.has(name) || entries.some((each) => each.name === 'S')) continue;
          const sides = [base, ours, theirs].map((each) => byName(each, name));
          const [old, left, right] = sides;
          const wanted = (left ?? right)?.fields.map((_, at) =>
            left === undefined || right === undefined
              ? (left ?? right)?.fields[at]
              : threeWay(old?.fields[at], left.fields[at], right.fields[at]),
          );
          expect(
            entries.filter((each) => each.name === name),
            shown,
          ).toEqual([{ name, fields: wanted }]);
        }
        // Nor is there anything in a record that is asked about but what one side has written there.
        for (const { name, fields } of entries) {
          const sides = [ours, theirs].map((each) => byName(each, name));
          fields.forEach((value, at) => {
            expect(
              sides.map((each) => each?.fields[at]),
              shown,
            ).toContain(value);
          });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
