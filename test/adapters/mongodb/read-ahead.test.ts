import { beforeEach, describe, expect, it } from 'vitest';
import { ReadAhead } from '../../../src/adapters/mongodb/read-ahead.ts';
import type { Change } from '../../../src/ports/object-reader.ts';
import { gid, write } from '../../contract/site-data.ts';

const limit = 10;
let now = 0;
let reads: number[] = [];
let ahead = new ReadAhead(() => now);

beforeEach(() => {
  now = 0;
  reads = [];
  ahead = new ReadAhead(() => now);
});

function change(seq: number, document: string): Change {
  const { draft } = write(`o${String(seq)}`);
  const version = { ...draft.version, document };
  const revision = { ...draft, version, seq, epoch: 'e', hash: String(seq) };
  return { gid: gid(`o${String(seq)}`), revision, isMember: true, precededBy: undefined };
}

/** Reads a page, of a log of `count` changes, and notes what had to be read for it. */
function read(after: number, count: number, document = '<object/>'): readonly number[] {
  const walk = { range: { collection: 1, after, upTo: count }, kind: 'present', epoch: 'e' };
  const found = ahead.page(walk, limit);
  if ('page' in found) return found.page.map(({ revision }) => revision.seq);
  const { more } = found;
  const wanted = Math.min(limit + more, count - after);
  reads.push(wanted);
  const changes = Array.from({ length: wanted }, (_, at) => change(after + at + 1, document));
  return ahead.keep(walk, changes, { limit, more }).map(({ revision }) => revision.seq);
}

/** Reads all pages of a log. */
function walk(count: number, document?: string): readonly number[] {
  const seen: number[] = [];
  for (;;) {
    const page = read(seen.at(-1) ?? 0, count, document);
    seen.push(...page);
    if (page.length < limit) return seen;
  }
}

describe('what is read ahead', () => {
  it('is nothing for the first page, and many pages for those who go on', () => {
    expect(walk(3_000)).toEqual(Array.from({ length: 3_000 }, (_, at) => at + 1));
    expect(reads).toEqual([10, 2_010, 980]);
  });

  it('is nothing of long documents, which are not kept either', () => {
    expect(walk(30, 'x'.repeat(800_000))).toHaveLength(30);
    expect(reads).toEqual([10, 10, 10, 0]);
  });

  it('is no more than has room', () => {
    expect(walk(100, 'x'.repeat(80_000))).toHaveLength(100);
    expect(reads).toEqual([10, 35, 35, 30]);
  });

  it('is forgotten after a while', () => {
    read(0, 100);
    read(10, 100);
    now += 60_000;
    read(20, 100);
    expect(reads).toEqual([10, 90, 10]);
  });

  it('serves several who read at places of their own', () => {
    for (let after = 0; after < 500; after += limit) {
      read(after, 1_000);
      if (after >= 100) read(after - 100, 1_000);
    }
    expect(reads.length).toBeLessThan(10);
  });
});
