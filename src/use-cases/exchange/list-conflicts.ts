import { RequestError } from '../../errors/concord-error.ts';
import { formatPath } from '../../objects/path.ts';
import type { ConflictFilter, ListedConflict } from '../../ports/peer-reader.ts';
import { pathOf, readObject } from '../objects/read-object.ts';
import type { SiteContext } from '../site-context.ts';
import { pathWithinSite } from '../objects/site-path.ts';

/** A conflict, with where its object is. */
export interface ConflictView extends ListedConflict {
  readonly path: string;
}

/** The conflicts of a site, in the order in which they were last written. */
export async function listConflicts(
  { store }: Pick<SiteContext, 'store'>,
  filter: ConflictFilter,
): Promise<readonly ConflictView[]> {
  const views: ConflictView[] = [];
  for (const conflict of await store.conflicts(filter))
    views.push({ ...conflict, path: formatPath(await pathOf(store, conflict.gid)) });
  return views;
}

/**
 * The ids of the open conflicts that an operator means: by id, by the beginning of one, or by the path of an object for all conflicts of it.
 * @throws RequestError CON-R010 when a word means none, or a beginning several; CON-R002 when there is no object at a path
 */
export async function findConflicts(context: SiteContext, words: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const word of words) ids.push(...(await meantBy(context, word)));
  return [...new Set(ids)];
}

async function meantBy(context: SiteContext, word: string): Promise<readonly string[]> {
  const { store } = context;
  if (word.startsWith('/')) {
    const { gid } = await readObject(context, pathWithinSite(context.site, word));
    const found = await store.conflicts({ state: 'open', gid });
    if (found.length === 0) throw new RequestError('CON-R010', `The object ${word} has no open conflict`);
    return found.map(({ id }) => id);
  }
  // One that is settled is found too: that it was is what the operator must hear.
  if ((await store.conflict(word)) !== undefined) return [word];
  const begin = (await store.conflicts({ state: 'open' })).map(({ id }) => id).filter((id) => id.startsWith(word));
  if (begin.length !== 1)
    throw new RequestError(
      'CON-R010',
      begin.length === 0 ? `There is no conflict ${word}` : `${begin.length} conflicts begin with ${word}`,
    );
  return begin;
}
