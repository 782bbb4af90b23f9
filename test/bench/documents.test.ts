import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentOf, editedRecord, makeRecord } from '../../bench/documents.ts';
import { canonicalize } from '../../src/xml/canonical.ts';

const peersDocuments = join(import.meta.dirname, '../../../shared/bench/pouchdb/common.js');

interface PeersDocuments {
  readonly makeDoc: (number: number) => Readonly<Record<string, unknown>>;
}

describe('the documents of the benchmark', () => {
  it.skipIf(!existsSync(peersDocuments))('are those of the peer, value for value (shared/bench/pouchdb)', () => {
    // The script is plain JavaScript; what it exports is known.
    const { makeDoc } = createRequire(import.meta.url)(peersDocuments) as PeersDocuments;
    for (const number of [0, 1, 7, 9999, 123_456]) {
      const { _id: id, tags, ...others } = makeDoc(number);
      const fields = Object.entries(others).map(([name, value]): [string, string] => [name, String(value)]);
      const words = (tags as readonly string[]).join(' ');
      expect(makeRecord(number)).toEqual({ id, fields: { ...Object.fromEntries(fields), tags: words } });
    }
  });

  it('are canonical as they are written, one element for each field', () => {
    const document = documentOf(makeRecord(3));
    expect(canonicalize(document)).toBe(document);
    expect(document).toContain('<n>3</n><version>1</version>');
  });

  it('differ in two fields when somebody has edited them', () => {
    const [before, after] = [makeRecord(5).fields, editedRecord(5, 'left').fields];
    expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual(['version', 'field3']);
  });
});
