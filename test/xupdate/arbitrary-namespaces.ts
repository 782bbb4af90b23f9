import fc from 'fast-check';
import { parseXml } from '../../src/xml/parse.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';

/** What a document holds, whatever its prefixes are: entries by id, each with fields by namespace. */
type Entries = ReadonlyMap<string, ReadonlyMap<string, string>>;

const URIS = ['urn:a', 'urn:b'] as const;
/** `@` for an attribute; the number of its namespace; its name. */
const FIELDS = ['@0k', '@1k', '@0m', '0f', '1f', '0g'] as const;

interface Writing {
  /** The prefixes of both namespaces at the root, and whether they are declared there although every entry does so itself. */
  readonly prefixes: readonly [string, string];
  readonly isUnused: boolean;
  /** Which entries declare for themselves, and whether they have the two prefixes the other way round. */
  readonly own: readonly ('no' | 'same' | 'swapped')[];
}

interface Edit {
  readonly id: string;
  readonly field: string;
  readonly value: string | undefined;
}

const id = fc.constantFrom('1', '2', '3');
const edit: fc.Arbitrary<Edit> = fc.record({
  id,
  field: fc.constantFrom(...FIELDS),
  value: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
});
const edits = fc.array(edit, { maxLength: 4 });
const writing: fc.Arbitrary<Writing> = fc.record({
  prefixes: fc.constantFrom(['p', 'q'] as const, ['p', 'q'] as const, ['q', 'p'] as const, ['p', 'w'] as const),
  isUnused: fc.boolean(),
  own: fc.array(fc.constantFrom('no', 'no', 'same', 'swapped'), { minLength: 3, maxLength: 3 }),
});

function edited(entries: Entries, list: readonly Edit[]): Entries {
  const next = new Map([...entries].map(([id, fields]) => [id, new Map(fields)]));
  for (const { id, field, value } of list) {
    const fields = next.get(id) ?? new Map<string, string>();
    if (value === undefined) fields.delete(field);
    else fields.set(field, value);
    next.set(id, fields);
  }
  return next;
}

function write(entries: Entries, { prefixes, isUnused, own }: Writing): XmlDocument {
  const declare = ([first, second]: readonly [string, string]): string =>
    ` xmlns:${first}="${URIS[0]}" xmlns:${second}="${URIS[1]}"`;
  const written = [...entries].sort().map(([id, fields], at) => {
    const how = own[at] ?? 'no';
    const used: readonly [string, string] = how === 'swapped' ? [prefixes[1], prefixes[0]] : prefixes;
    const name = (field: string): string => `${used[field.startsWith('0') ? 0 : 1]}:${field.slice(1)}`;
    const sorted = [...fields].sort();
    const attributes = sorted.flatMap(([field, value]) =>
      field.startsWith('@') ? [` ${name(field.slice(1))}="${value}"`] : [],
    );
    const children = sorted.flatMap(([field, value]) =>
      field.startsWith('@') ? [] : [`<${name(field)}>${value}</${name(field)}>`],
    );
    return `<e id="${id}"${how === 'no' ? '' : declare(used)}${attributes.join('')}>${children.join('')}</e>`;
  });
  const isNeeded = isUnused || [...entries].some((_, at) => (own[at] ?? 'no') === 'no');
  return parseXml(`<r${isNeeded ? declare(prefixes) : ''}>${written.join('')}</r>`);
}

/** A fork of what is held, and each version written with prefixes and declarations of its own. */
export interface Fork {
  readonly held: readonly [Entries, Entries, Entries];
  readonly documents: readonly [XmlDocument, XmlDocument, XmlDocument];
}

/** Three versions that differ in a few fields, in prefixes, and in where these are declared. */
export const forkedNamespaces: fc.Arbitrary<Fork> = fc
  .tuple(fc.array(edit, { maxLength: 8 }), edits, edits, fc.tuple(writing, writing, writing))
  .map(([made, ours, theirs, [first, second, third]]) => {
    const base = edited(new Map(), made);
    const [left, right] = [edited(base, ours), edited(base, theirs)];
    return {
      held: [base, left, right],
      documents: [write(base, first), write(left, second), write(right, third)],
    };
  });

/** What a document of these holds. */
export function held({ root }: XmlDocument): Entries {
  const entries = root.children.flatMap((child) => (child.kind === 'element' ? [child] : []));
  return new Map(
    entries.map(({ attributes, children }) => {
      const fields: (readonly [string, string])[] = attributes.flatMap(({ local, namespace, value }) =>
        local === 'id' ? [] : [[`@${numberOf(namespace)}${local}`, value] as const],
      );
      for (const child of children) {
        if (child.kind !== 'element') continue;
        const text = child.children.map((each) => (each.kind === 'text' ? each.text : '')).join('');
        fields.push([`${numberOf(child.namespace)}${child.local}`, text]);
      }
      return [attributes.find(({ local }) => local === 'id')?.value ?? '', new Map(fields)];
    }),
  );
}

function numberOf(namespace: string): number {
  return URIS.findIndex((uri) => uri === namespace);
}
