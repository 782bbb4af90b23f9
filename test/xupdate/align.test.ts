import { expect, it } from 'vitest';
import { parseXml } from '../../src/xml/parse.ts';
import { align, alignRules } from '../../src/xupdate/align.ts';
import { NodeComparison } from '../../src/xupdate/equality.ts';
import { defaultKeyRules } from '../../src/xupdate/keys.ts';
import type { Item } from '../../src/xupdate/labels.ts';

/** More than are compared each with each. */
const COUNT = 40;

it('knows nothing by a number that two different names happen to have', () => {
  const [olds, news] = [listOf('was', [3, 'Toron Ann']), listOf('is', [30, 'Pumes Gail'])];
  const nodes = new NodeComparison();
  // What the test is about: in a list of 200,000 records this comes by itself.
  expect(nodes.hash(firstChild(olds[3]))).toBe(nodes.hash(firstChild(news[30])));
  const { partners } = align(olds, news, alignRules(defaultKeyRules));
  expect([...partners]).toEqual(olds.map((_, at) => at));
});

function listOf(word: string, [place, name]: readonly [number, string]): readonly Item[] {
  const names = Array.from({ length: COUNT }, (_, at) => (at === place ? name : `${word} ${at}`));
  const { root } = parseXml(`<r>${names.map((each) => `<p><n>${each}</n><t>${word}</t></p>`).join('')}</r>`);
  return root.children.filter((child) => child.kind !== 'text');
}

function firstChild(item: Item | undefined): Item {
  const child = item?.kind === 'element' ? item.children[0] : undefined;
  if (child === undefined || child.kind === 'text') throw new Error('It has no child.');
  return child;
}
