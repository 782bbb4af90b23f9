import { describe, expect, it } from 'vitest';
import { evaluateXPath } from '../../src/adapters/xpath/evaluate-xpath.ts';
import { canonicalize, canonicalXml } from '../../src/xml/canonical.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { serializeXml } from '../../src/xml/serialize.ts';
import type { XmlDocument } from '../../src/xml/tree.ts';
import type { ApplyOptions } from '../../src/xupdate/apply.ts';
import { applyModifications } from '../../src/xupdate/apply.ts';
import { diff } from '../../src/xupdate/diff.ts';
import { parseModifications } from '../../src/xupdate/parse-modifications.ts';
import { XUpdateError } from '../../src/xupdate/xupdate-error.ts';

function modifications(body: string): string {
  return `<x:modifications version="1.0" xmlns:x="http://www.xmldb.org/xupdate">${body}</x:modifications>`;
}

function apply(before: string, body: string, options: ApplyOptions = {}): string {
  return serializeXml(
    applyModifications(parseXml(before), parseModifications(modifications(body), options.profile), options),
  );
}

function faultOf(action: () => unknown): XUpdateError {
  try {
    action();
  } catch (error) {
    if (error instanceof XUpdateError) return error;
    throw error;
  }
  return expect.fail('it was accepted');
}

describe('an error', () => {
  it('names instruction, select and reason, and leaves the document as it was', () => {
    const document = parseXml('<r><a/></r>');
    const read = parseModifications(
      modifications('\n<x:append select="/r">\n<b/></x:append>\n<x:remove select="/r/z"/>'),
    );
    const fault = faultOf(() => applyModifications(document, read));
    expect(fault).toMatchObject({ code: 'CON-U001', reason: 'select-empty', instruction: 2, line: 4, select: '/r/z' });
    expect(fault.message).toBe(
      'Instruction 2 in line 4 (select /r/z): the select finds nothing [xupdate-select-empty]',
    );
    expect(serializeXml(document)).toBe('<r><a/></r>');
  });

  it('names the instruction already when the modifications are read', () => {
    const body = '<x:remove select="/r/a"/>\n<x:remove select="//a"/>';
    expect(faultOf(() => parseModifications(modifications(body)))).toMatchObject({
      reason: 'select-syntax',
      instruction: 2,
      line: 2,
    });
  });

  it('counts instructions inside an if, and nothing else that stands in templates', () => {
    const body =
      '<x:append select="/r"><x:element name="b"/></x:append>\n<x:if test="/r">\n<x:remove select="/r/b"/>\n<x:remove select="/r/z"/></x:if>';
    expect(faultOf(() => apply('<r/>', body, { profile: 'tool' }))).toMatchObject({ instruction: 4, line: 4 });
  });

  it('names instruction and line when general XPath is at fault', () => {
    const body = '\n<x:remove select="/r/*["/>';
    expect(faultOf(() => apply('<r/>', body, { profile: 'tool', evaluate: evaluateXPath }))).toMatchObject({
      reason: 'select-syntax',
      instruction: 1,
      line: 2,
    });
  });
});

describe('an operator’s file', () => {
  it('may pass over selects that find nothing', () => {
    expect(
      apply('<r><a/></r>', '<x:remove select="/r/z"/><x:remove select="/r/a"/>', { profile: 'tool', onEmpty: 'skip' }),
    ).toBe('<r/>');
  });

  it('may have its removals done at the end, as erp5diff means them', () => {
    const before = '<r><li>1</li><li>2</li><li>3</li><li>4</li></r>';
    const body = '<x:remove select="/r/li[2]"/><x:remove select="/r/li[3]"/>';
    expect(apply(before, body, { removals: 'deferred' })).toBe('<r><li>1</li><li>4</li></r>');
    expect(apply(before, body)).toBe('<r><li>1</li><li>3</li></r>');
  });

  it('selects by the evaluator that is given, whose nodes are found again', () => {
    const evaluate: NonNullable<ApplyOptions['evaluate']> = ({ expression }) =>
      expression === '//a' ? [{ path: [0, 0] }, { path: [0, 1, 0] }] : expression.length;
    const options: ApplyOptions = { profile: 'tool', evaluate };
    expect(apply('<r><a/><b><a/></b></r>', '<x:update select="//a">y</x:update>', options)).toBe(
      '<r><a>y</a><b><a>y</a></b></r>',
    );
    expect(apply('<r/>', '<x:append select="/r"><x:value-of select="1 + 2"/></x:append>', options)).toBe('<r>5</r>');
    expect(faultOf(() => apply('<r/>', '<x:remove select="count(/)"/>', options)).reason).toBe('target-kind');
  });

  it('is refused general expressions where no evaluator is given', () => {
    expect(faultOf(() => apply('<r/>', '<x:remove select="//a"/>', { profile: 'tool' })).reason).toBe('select-syntax');
  });

  it('hears what was left out', () => {
    expect(parseModifications(modifications('<other/><x:remove select="/r" why=""/>'), 'tool').warnings).toHaveLength(
      2,
    );
  });
});

describe('a hostile delta stops at a limit', () => {
  const limits = { ...defaultXmlLimits, maxDepth: 4, maxNodes: 50, maxOctets: 2000 };
  const nested = '<a><b><c><d/></c></b></a>';
  it.each([
    ['too deep', `<x:append select="/r">${nested}</x:append>`],
    ['too many nodes', `<x:append select="/r">${'<a/>'.repeat(60)}</x:append>`],
    ['too many octets', `<x:append select="/r">${'z'.repeat(3000)}</x:append>`],
    ['too long a select', `<x:remove select="/${'r'.repeat(9000)}"/>`],
    ['too many steps', `<x:remove select="${'/r'.repeat(257)}"/>`],
    [
      'too many parts of a concat',
      `<x:remove select="/r[@id=concat(${Array.from({ length: 65 }, () => "''").join(',')})]"/>`,
    ],
    ['too many variables', '<x:variable name="v" select="/r"/>'.repeat(1001)],
  ])('%s', (_what, body) => {
    expect(faultOf(() => apply('<r/>', body, { limits })).reason).toBe('limit');
  });
});

describe('what is made is never more than can be read again', () => {
  const limits = { ...defaultXmlLimits, maxDepth: 4, maxNodes: 11, maxOctets: 150, maxAttributes: 3 };
  const full = `<r a="1" b="2"><e>${'é'.repeat(30)}</e><d><d/></d><f/><f/></r>`;
  it.each([
    ['octets', `<x:append select="/r"><n>${'é'.repeat(35)}</n></x:append>`],
    ['octets, as they are escaped', `<x:update select="/r/e">${'>'.repeat(30)}</x:update>`],
    ['octets of names', `<x:rename select="/r/f[1]">${'n'.repeat(60)}</x:rename>`],
    ['octets of attributes', `<x:update select="/r/@a">${'&quot;'.repeat(15)}</x:update>`],
    ['levels', '<x:append select="/r/d/d"><d><d/></d></x:append>'],
    ['nodes', `<x:append select="/r">${'<g/>'.repeat(5)}</x:append>`],
    [
      'attributes',
      '<x:append select="/r"><x:attribute name="c">3</x:attribute></x:append><x:append select="/r"><x:attribute name="d">4</x:attribute></x:append>',
    ],
    [
      'declarations beside attributes',
      '<x:append select="/r"><x:attribute name="p:c" namespace="urn:p">3</x:attribute></x:append>',
    ],
  ])('%s', (_what, body) => {
    expect(faultOf(() => apply(full, body, { limits })).reason).toBe('limit');
  });

  it('and everything up to that is made', () => {
    const body = `<x:update select="/r/e">${'é'.repeat(33)}</x:update><x:append select="/r/d/d"><d/></x:append>`;
    const result = canonicalize(apply(full, body, { limits }), limits);
    expect(canonicalize(result, limits)).toBe(result);
  });
});

it('puts a whole document of the largest size', () => {
  const after = `<r a="1"><!--c-->${'<e k="2">x</e>'.repeat(200)}<?p i?></r>`;
  const limits = { ...defaultXmlLimits, maxOctets: Buffer.byteLength(after) };
  const put = `<x:update select="/"><r a="1"><x:comment>c</x:comment>${'<e k="2">x</e>'.repeat(200)}<x:processing-instruction name="p">i</x:processing-instruction></r></x:update>`;
  expect(apply('<r/>', put, { limits })).toBe(after);
  expect(faultOf(() => apply('<r/>', put.replace('x</e>', 'xx</e>'), { limits })).reason).toBe('limit');
});

it('puts the whole document where more would have changed than one may send', () => {
  const list = (mark: string): XmlDocument => {
    const note = 'a long note that stays '.repeat(6);
    return parseXml(`<r>${Array.from({ length: 100_001 }, (_, at) => `<e k="${at}${mark}">${note}</e>`).join('')}</r>`);
  };
  const [before, after] = [list(''), list('+')];
  const delta = diff(before, after);
  expect(delta.slice(0, 140)).toContain('select="/"');
  expect(canonicalXml(applyModifications(before, parseModifications(delta)))).toBe(canonicalXml(after));
});

describe('lists of ten thousand', () => {
  const list = (values: readonly string[]): XmlDocument =>
    parseXml(`<r>${values.map((value) => `<e>${value}</e>`).join('\n')}</r>`);
  const numbers = Array.from({ length: 10_000 }, (_, at) => String(at));
  it.each([
    ['edited in every third place', numbers.map((value, at) => (at % 3 === 0 ? `x${value}` : value))],
    ['thinned', numbers.filter((_, at) => at % 10 !== 0)],
    ['reversed', numbers.toReversed()],
    ['all alike', numbers.map(() => 'same')],
  ])('come out right: %s', (_what, values) => {
    const [before, after] = [list(numbers), list(values)];
    expect(canonicalXml(applyModifications(before, parseModifications(diff(before, after))))).toBe(canonicalXml(after));
  });
});

it('writes one short line', () => {
  const [before, after] = [parseXml('<r>\n  <a>1</a>\n</r>'), parseXml('<r>\n  <a>2</a>\n</r>')];
  expect(diff(before, after)).toBe(
    '<xu:modifications version="1.0" xmlns:xu="http://www.xmldb.org/xupdate"><xu:update select="/r/a">2</xu:update></xu:modifications>',
  );
});
