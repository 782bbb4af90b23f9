import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textConduit } from '../../src/conduits/text.ts';
import { canonicalize } from '../../src/xml/canonical.ts';

const text = fc.constantFrom('', ' ', 'a', ' a\n b ', '1\t2', '&lt;x', '&#13;');
const attribute = fc.constantFrom('', ' type="string"', ' lang="en"', ' name="n" other="o"', ' xml:space="preserve"');
const leaf = fc
  .tuple(fc.constantFrom('a', 'b', 'property'), attribute, text)
  .map(([name, more, inside]) => element(name, more, inside));
const node = fc.oneof(
  leaf,
  text,
  fc.constantFrom('<!--c-->', '<?p i?>'),
  leaf.map((inside) => element('nested', '', inside)),
);
const document = fc
  .tuple(attribute, fc.array(node, { maxLength: 6 }), fc.constantFrom('', '<!--before-->', '<?before it?>'))
  .map(([more, nodes, before]) => canonicalize(`${before}${element('object', more, nodes.join(''))}`));

function element(name: string, attributes: string, inside: string): string {
  return `<${name}${attributes}>${inside}</${name}>`;
}

function written(from: string): string {
  return textConduit.write?.(from) ?? from;
}

describe('what the conduit `text` writes', () => {
  it('is canonical, and the same when it is written again', () => {
    fc.assert(
      fc.property(document, (one) => {
        const once = written(one);
        expect(canonicalize(once)).toBe(once);
        expect(written(once)).toBe(once);
      }),
    );
  });

  it.each([
    ['<object a="1"><t type="string"> x\n y </t></object>', '<object a="1"><t type="string">x y</t></object>'],
    ['<object><t lang="en" type="string">x<!--c--></t>z</object>', '<object><t type="string">x</t></object>'],
    [
      '<object><t><u>x</u></t><property name="a b">1</property></object>',
      '<object><property name="a b">1</property></object>',
    ],
    ['<note> just\n text </note>', '<note>just text</note>'],
    ['<object></object>', '<object></object>'],
  ])('of %s is %s', (from, to) => {
    expect(written(canonicalize(from))).toBe(to);
  });
});
