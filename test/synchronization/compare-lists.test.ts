import { describe, expect, it } from 'vitest';
import type { Gid } from '../../src/objects/gid.ts';
import { topGid } from '../../src/objects/gid.ts';
import type { Listed, OwnObject } from '../../src/synchronization/compare-lists.ts';
import { compareLists } from '../../src/synchronization/compare-lists.ts';
import { digestOfText } from '../../src/xml/digest.ts';

// Any text can be a gid to these functions, which only compare them.
const gid = (name: string): Gid => name as Gid;

function listed(content: string, place: Partial<Pick<Listed, 'parent' | 'id' | 'key'>> = {}): Listed {
  const { parent = topGid, id = 'x', key } = place;
  const documentDigest = digestOfText(content);
  return { result: digestOfText(`${parent} ${id} ${content}`), documentDigest, parent, id, type: 'Person', key };
}

function own(name: string, content: string | undefined, more: Partial<OwnObject> = {}): OwnObject {
  return {
    gid: gid(name),
    listed: content === undefined ? undefined : listed(content),
    agreed: undefined,
    isUntouched: false,
    ...more,
  };
}

interface Publisher {
  readonly a?: Listed;
  readonly deleted?: boolean;
  readonly hasOnlyGrown?: boolean;
}

function compared(object: OwnObject, { a, deleted = false, hasOnlyGrown = true }: Publisher): string {
  const theirs = { present: new Map(a && [[gid('a'), a]]), deleted: new Set(deleted ? [gid('a')] : []), hasOnlyGrown };
  const found = compareLists('comparison', [object], theirs);
  return found.map(({ direction, action, outcome }) => `${direction} ${action} ${outcome}`).join();
}

const old = listed('old').result;

describe('a comparison told from lists', () => {
  it.each<[string, OwnObject, Publisher, string]>([
    ['equal', own('a', 'old'), { a: listed('old') }, ''],
    [
      'equivalent, as the conduit here writes it',
      own('a', 'less'),
      { a: { ...listed('more'), equivalent: listed('less').result } },
      '',
    ],
    ['only here', own('a', 'new'), {}, 'send create plain'],
    ['edited here', own('a', 'new', { agreed: old }), { a: listed('old') }, 'send update plain'],
    ['edited there', own('a', 'old', { agreed: old, isUntouched: true }), { a: listed('new') }, 'receive update plain'],
    ['edited on both sides', own('a', 'mine', { agreed: old }), { a: listed('theirs') }, 'send update both'],
    ['never agreed on', own('a', 'mine'), { a: listed('theirs') }, 'send update both'],
    [
      'untouched here, and the publisher was restored',
      own('a', 'new', { agreed: listed('new').result, isUntouched: true }),
      { a: listed('old'), hasOnlyGrown: false },
      'send update both',
    ],
    ['deleted there', own('a', 'old', { agreed: old, isUntouched: true }), { deleted: true }, 'receive delete plain'],
    ['deleted there, edited here', own('a', 'new', { agreed: old }), { deleted: true }, 'send create both'],
    ['deleted here', own('a', undefined, { agreed: old }), { a: listed('old') }, 'send delete plain'],
    ['deleted here, edited there', own('a', undefined, { agreed: old }), { a: listed('new') }, 'send delete both'],
    ['the same under two gids', own('b', 'old'), { a: listed('old') }, ''],
    ['another under its name', own('b', 'new'), { a: listed('old') }, 'send create plain,receive create plain'],
    [
      'another with its key',
      own('b', 'new', { listed: listed('new', { id: 'y', key: 'k' }) }),
      { a: listed('old', { key: 'k' }) },
      'send update both',
    ],
  ])('of what is %s', (_, object, publisher, expected) => {
    expect(compared(object, publisher)).toBe(expected);
  });

  it('finds what stands below an object that the publisher knows under another gid', () => {
    const folder = own('b', 'folder', { listed: listed('folder', { id: 'f' }) });
    const child = own('c', 'old', { listed: listed('old', { parent: gid('b') }) });
    const present = new Map([
      [gid('a'), listed('folder', { id: 'f' })],
      [gid('d'), listed('old', { parent: gid('a') })],
    ]);
    expect(compareLists('comparison', [folder, child], { present, deleted: new Set(), hasOnlyGrown: true })).toEqual(
      [],
    );
  });

  it('takes the one side for the other in a refresh', () => {
    const objects = [own('a', 'mine'), own('c', 'only here')];
    const present = new Map([
      [gid('a'), listed('theirs')],
      [gid('d'), listed('only there', { id: 'd' })],
    ]);
    const theirs = { present, deleted: new Set<Gid>(), hasOnlyGrown: true };
    const inWords = (kind: 'refresh-from-publisher' | 'refresh-from-subscriber'): readonly string[] =>
      compareLists(kind, objects, theirs).map((one) => `${one.direction} ${one.action} ${one.gid}`);
    expect(inWords('refresh-from-publisher')).toEqual(['receive update a', 'receive delete c', 'receive create d']);
    expect(inWords('refresh-from-subscriber')).toEqual(['send update a', 'send create c', 'send delete d']);
  });
});
