import { describe, expect, it } from 'vitest';
import type { Path } from '../../../src/objects/path.ts';
import type { SearchRequest, SearchResult } from '../../../src/use-cases/objects/search-objects.ts';
import { searchObjects } from '../../../src/use-cases/objects/search-objects.ts';
import { TestSite } from '../../support/synced-sites.ts';
import { HandClock } from '../../support/memory-site.ts';

const all = { path: [], limit: 100, mostRead: 1_000 };

async function tree(...paths: readonly string[]): Promise<TestSite> {
  const site = new TestSite('cps', new HandClock());
  for (const path of paths) await site.put(path, `<a><b k="attribute">${path.toUpperCase()}</b></a>`);
  return site;
}

function pathsOf({ found }: SearchResult): readonly string[] {
  return found.map(({ path }) => path.join('/'));
}

/** All pages of a search, one after the other. */
async function pages(site: TestSite, request: SearchRequest): Promise<readonly string[]> {
  const found: string[] = [];
  let after: Path | undefined;
  do {
    const page = await searchObjects(site.context, { ...request, after });
    found.push(...pathsOf(page));
    after = page.next;
  } while (after !== undefined);
  return found;
}

describe('the search', () => {
  it('finds ids and texts, capitals or not, but no names of elements', async () => {
    const site = await tree('/a/one', '/a/two', '/b');
    expect(pathsOf(await searchObjects(site.context, { ...all, text: 'ONE' }))).toEqual(['a/one']);
    expect(pathsOf(await searchObjects(site.context, { ...all, text: 'a/TW' }))).toEqual(['a/two']);
    expect(pathsOf(await searchObjects(site.context, { ...all, text: 'attribute' }))).toEqual([]);
    expect(pathsOf(await searchObjects(site.context, { ...all, path: ['b'], text: 'one' }))).toEqual([]);
  });

  it('finds the same in pieces of any size as in one', async () => {
    const site = await tree('/a/x1', '/a/x1/x2', '/a/x1/x2/x3', '/a/y', '/a/z/x4', '/b/x5', '/x6');
    const whole = pathsOf(await searchObjects(site.context, { ...all, text: 'x' }));
    expect(whole).toEqual(['a/x1', 'a/x1/x2', 'a/x1/x2/x3', 'a/z/x4', 'b/x5', 'x6']);
    for (const limit of [1, 2, 3]) expect(await pages(site, { ...all, limit, text: 'x' })).toEqual(whole);
    for (const mostRead of [1, 2, 5]) expect(await pages(site, { ...all, mostRead, text: 'x' })).toEqual(whole);
  });

  it('goes on where it was when that has been deleted meanwhile', async () => {
    const site = await tree('/a/x1', '/a/x2', '/a/x3');
    const { next } = await searchObjects(site.context, { ...all, limit: 2, text: 'x' });
    await site.remove('/a/x2');
    expect(pathsOf(await searchObjects(site.context, { ...all, text: 'x', after: next }))).toEqual(['a/x3']);
  });

  it('reads no more than it may', async () => {
    const site = await tree(...Array.from({ length: 30 }, (_, at) => `/o${at}`));
    expect(await searchObjects(site.context, { ...all, mostRead: 10, text: 'nothing' })).toMatchObject({ read: 10 });
  });
});
