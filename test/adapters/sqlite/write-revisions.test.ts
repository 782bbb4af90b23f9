import { describe, expect, it } from 'vitest';
import { openSiteDatabase } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import { writeRevisions } from '../../../src/adapters/sqlite/write-revisions.ts';
import { parseGid, topGid } from '../../../src/objects/gid.ts';
import { startOfLog } from '../../../src/objects/position.ts';
import { newVersion } from '../../../src/objects/version.ts';
import type { Write } from '../../../src/ports/site-store.ts';

function write(number: number, state: 'present' | 'deleted', isFirst: boolean): Write {
  const gid = parseGid(`object-${number}`) ?? expect.unreachable('it is a gid');
  const version = newVersion({ gid, parent: topGid, id: `id-${number}`, type: 'xml', document: `<a>${number}</a>` });
  const main = { id: `edit-${number}`, at: 1, by: 'somebody' };
  const draft = { state, version, edits: { main, others: [] }, receivedAt: 1, origin: undefined };
  return { draft, collections: [{ collection: 1, isMember: state === 'present' }], isFirst };
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);

describe('the writes of one batch', () => {
  it.each([1, 15, 16, 17, 40])('are all there, %i of them', (count) => {
    const database = openSiteDatabase(':memory:');
    const head = writeRevisions(
      database,
      startOfLog('epoch'),
      numbers(count).map((number) => write(number, 'present', true)),
    );
    expect(head.seq).toBe(count);
    const rows = numbers(count).map((number) => ({ gid: `object-${number}`, seq: number + 1, id: `id-${number}` }));
    expect(database.all('SELECT gid, seq, id FROM object ORDER BY seq')).toEqual(rows);
    expect(database.all('SELECT seq, gid FROM change ORDER BY seq')).toEqual(
      rows.map(({ gid, seq }) => ({ seq, gid })),
    );
    database.close();
  });

  it('leave an object where the last of them has it, whatever came before', () => {
    const database = openSiteDatabase(':memory:');
    const states = numbers(40).map((number) => write(number, 'present', true));
    const edits = [write(3, 'present', false), write(5, 'deleted', false), write(39, 'deleted', false)];
    const again = [...numbers(8).map((number) => write(100 + number, 'present', true)), write(5, 'present', false)];
    writeRevisions(database, startOfLog('epoch'), [...states, ...edits, ...again]);
    const at = (number: number): unknown => database.get('SELECT seq FROM object WHERE gid = ?', `object-${number}`);
    expect(at(3)).toEqual({ seq: 41 });
    expect(at(39)).toBeUndefined();
    expect(at(5)).toEqual({ seq: 52 });
    expect(database.get('SELECT count(*) AS count FROM object')).toEqual({ count: 47 });
    database.close();
  });

  it('leave an object with the last of several edits in its place, and its document where it was written first', () => {
    const database = openSiteDatabase(':memory:');
    const head = writeRevisions(database, startOfLog('epoch'), [write(1, 'present', true), write(2, 'present', true)]);
    const edits = [1, 2, 1, 2, 2, 1].map((number) => write(number, 'present', false));
    writeRevisions(database, head, [...edits, write(3, 'present', true), write(3, 'present', false)]);
    expect(database.all('SELECT gid, seq FROM object ORDER BY gid')).toEqual([
      { gid: 'object-1', seq: 8 },
      { gid: 'object-2', seq: 7 },
      { gid: 'object-3', seq: 10 },
    ]);
    expect(database.all('SELECT DISTINCT gid, document_at FROM revision ORDER BY gid')).toEqual([
      { gid: 'object-1', document_at: 1 },
      { gid: 'object-2', document_at: 2 },
      { gid: 'object-3', document_at: 9 },
    ]);
    expect(database.get('SELECT count(document) AS count FROM revision')).toEqual({ count: 3 });
    database.close();
  });
});
