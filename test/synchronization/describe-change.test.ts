import { describe, expect, it } from 'vitest';
import type { Difference } from '../../src/synchronization/change.ts';
import { describeChange } from '../../src/synchronization/describe-change.ts';
import { newVersion } from '../../src/objects/version.ts';
import { topGid } from '../../src/objects/gid.ts';
import { parseXml } from '../../src/xml/parse.ts';
import { diff } from '../../src/xupdate/diff.ts';
import { gid } from '../contract/site-data.ts';

const versionOf = (document: string) => newVersion({ gid: gid('a'), parent: topGid, id: 'a', type: 'xml', document });

/** How the change from one document to the other is told. */
function formOf(before: string, after: string): string {
  const difference: Difference = {
    gid: gid('a'),
    held: versionOf(before),
    version: versionOf(after),
    state: 'present',
    number: 1,
    base: undefined,
    edits: { main: { id: 'e:1', at: 1, by: 'paula' }, others: [] },
    isInFlight: false,
    exception: undefined,
  };
  const change = describeChange(difference, []);
  return change.kind === 'put' ? change.document.form : change.kind;
}

describe('a change', () => {
  it.each([
    [400, 'whole'],
    [600, 'xupdate'],
  ])(
    'is told by whatever has fewer octets, not characters, with %i others beside names that selects repeat',
    (others, form) => {
      const name = '名'.repeat(40);
      const documentOf = (text: string): string =>
        `<r><${name}>${['f', 'g', 'h', 'i'].map((each) => `<${each}>${text}</${each}>`).join('')}</${name}><o>${'o'.repeat(others)}</o></r>`;
      const [before, after] = [documentOf('1'), documentOf('2')];
      const delta = diff(parseXml(before), parseXml(after));
      expect(delta.length).toBeLessThan(after.length);
      expect(Buffer.byteLength(delta) < Buffer.byteLength(after)).toBe(form === 'xupdate');
      expect(formOf(before, after)).toBe(form);
    },
  );

  it('is told by the delta where the document is the longer one by its octets only', () => {
    const documentOf = (text: string): string => `<r><a>${text}</a><b>${'名'.repeat(80)}</b></r>`;
    expect(formOf(documentOf('1'), documentOf('2'))).toBe('xupdate');
  });
});
