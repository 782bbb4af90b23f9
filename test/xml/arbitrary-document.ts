import fc from 'fast-check';
import { parseXml } from '../../src/xml/parse.ts';
import { escapeAttribute, escapeText } from '../../src/xml/escape.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';

interface RawElement {
  readonly kind: 'element';
  readonly prefix: string;
  readonly local: string;
  readonly declarations: readonly (readonly [string, string])[];
  readonly attributes: readonly (readonly [string, string, string])[];
  readonly children: readonly Raw[];
}

type Raw =
  | RawElement
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'instruction'; readonly target: string; readonly text: string };

// Small alphabets, so that equal things, repeated keys and near misses happen often.
const local = fc.constantFrom('a', 'b', 'c', 'text', 'é-1.x');
const prefix = fc.constantFrom('', '', '', '', 'p', 'q');
const uri = fc.constantFrom('urn:a', 'urn:b', 'http://www.xmldb.org/xupdate');
const value = fc.oneof(
  fc.constantFrom('', '1', '2', '3', "it's", '"q"', `"it's"`, ' ', 'a b', '\t\n\r', '&<>', ']]>', '\u{1F600}', 'é'),
  fc
    .string({ unit: 'grapheme', maxLength: 4 })
    .map((text) => text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')),
);
const attribute = fc.tuple(
  prefix,
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom('id', 'gid') }, { weight: 2, arbitrary: fc.constantFrom('k', 'm') }),
  value,
);
const declaration = fc.tuple(fc.constantFrom('', 'p', 'q'), uri);
const quietly = (text: string): string => text.replaceAll('--', '- ').replace(/-$/, '').replaceAll('\r', '');
const comment = value.map((text): Raw => ({ kind: 'comment', text: quietly(text) }));
const instruction = fc.tuple(fc.constantFrom('t', 'u'), value).map(([target, text]): Raw => ({
  kind: 'instruction',
  target,
  text: text.replaceAll('?>', '').replaceAll('\r', '').trimStart(),
}));
const text = value.map((characters): Raw => ({ kind: 'text', text: characters }));

const { element } = fc.letrec<{ element: RawElement; node: Raw }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 3, arbitrary: text },
    { weight: 1, arbitrary: comment },
    { weight: 1, arbitrary: instruction },
    { weight: 6, arbitrary: tie('element') },
  ),
  element: fc.record({
    kind: fc.constant('element' as const),
    prefix,
    local,
    declarations: fc.oneof(
      { weight: 6, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(declaration, { maxLength: 2 }) },
    ),
    attributes: fc.array(attribute, { maxLength: 3 }),
    children: fc.array(tie('node'), { maxLength: 6 }),
  }),
}));

function write(node: Raw, scope: ReadonlyMap<string, string>): string {
  switch (node.kind) {
    case 'text':
      return escapeText(node.text);
    case 'comment':
      return `<!--${node.text}-->`;
    case 'instruction':
      return `<?${node.target} ${node.text}?>`;
    case 'element':
      return writeElement(node, scope);
    default:
      return node satisfies never;
  }
}

function writeElement(node: RawElement, outer: ReadonlyMap<string, string>): string {
  const declared = new Map(node.declarations);
  for (const used of [node.prefix, ...node.attributes.map(([each]) => each)]) {
    if (used !== '' && !outer.has(used) && !declared.has(used)) declared.set(used, 'urn:a');
  }
  const scope = new Map([...outer, ...declared]);
  const seen = new Set<string>();
  let start = `<${node.prefix === '' ? '' : `${node.prefix}:`}${node.local}`;
  for (const [each, bound] of declared) start += ` ${each === '' ? 'xmlns' : `xmlns:${each}`}="${bound}"`;
  for (const [each, name, set] of node.attributes) {
    const expanded = `${each === '' ? '' : (scope.get(each) ?? '')} ${name}`;
    if (seen.has(expanded)) continue;
    seen.add(expanded);
    start += ` ${each === '' ? '' : `${each}:`}${name}="${escapeAttribute(set)}"`;
  }
  const inside = node.children.map((child) => write(child, scope)).join('');
  return `${start}>${inside}</${node.prefix === '' ? '' : `${node.prefix}:`}${node.local}>`;
}

/** Well-formed documents as text: mixed content, namespaces, comments, instructions, quotes, repeated and missing ids. */
export const documentText: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.oneof(comment, instruction), { maxLength: 1 }),
    element,
    fc.array(fc.oneof(comment, instruction), { maxLength: 1 }),
  )
  .map(([before, root, after]) => [...before, root, ...after].map((node) => write(node, new Map())).join('\n'));

/** The same, as trees. */
export const document: fc.Arbitrary<XmlDocument> = documentText.map((written) => parseXml(written));
