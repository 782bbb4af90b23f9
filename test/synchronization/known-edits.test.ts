import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/objects/edit.ts';
import { topGid } from '../../src/objects/gid.ts';
import type { Revision } from '../../src/objects/revision.ts';
import type { Version } from '../../src/objects/version.ts';
import { newVersion } from '../../src/objects/version.ts';
import { withoutKnownEdits } from '../../src/synchronization/known-edits.ts';
import { gid } from '../contract/site-data.ts';

const versionOf = (document: string): Version =>
  newVersion({ gid: gid('a'), parent: topGid, id: 'a', type: 'xml', document });
const base = versionOf('<r><t>A</t><f k="2">3</f><e/><e k="1">3</e></r>');
const known = { id: 'known:1', at: 1, by: 'somebody' };
const history: readonly Revision[] = [
  {
    seq: 2,
    epoch: 'here',
    hash: '',
    state: 'present',
    version: versionOf('<r><t>A</t><f>2</f><e>3</e></r>'),
    edits: { main: known, others: [] },
    receivedAt: 1,
    origin: undefined,
  },
];

/** What arrives without the edits that are known, all but those of the fields given. */
function taken(document: string, ...fields: readonly string[]): string {
  const others = fields.map((field) => ({ id: 'news:1', at: 2, by: 'somebody', field: field as Field }));
  const arrival = { version: versionOf(document), edits: { main: known, others } };
  return withoutKnownEdits(arrival, { base, history, decided: [] }, undefined).document;
}

describe('a change with edits that are known', () => {
  it('is none where all of them are', () => {
    expect(taken('<r><t>A</t><f>2</f><e>3</e></r>')).toBe(base.document);
  });

  it('keeps its news, also where what is known cannot be put back at its place among siblings', () => {
    expect(taken('<r><t>B</t><f>2</f><e>3</e></r>', '/r/t/text()')).toContain('<t>B</t><f k="2">3</f>');
  });
});
