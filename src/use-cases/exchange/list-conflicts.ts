import { RequestError } from '../../errors/concord-error.ts';
import { formatPath } from '../../objects/path.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { ConflictFilter, ListedConflict } from '../../ports/peer-reader.ts';
import { fieldValue } from '../../synchronization/fields.ts';
import { toCollection } from '../../synchronization/relative.ts';
import { pathOf, readObject } from '../objects/read-object.ts';
import type { SiteContext } from '../site-context.ts';
import { pathWithinSite } from '../objects/site-path.ts';
import { TreeWrites } from '../objects/tree-writes.ts';
import { calledNow } from '../publisher/kept-gids.ts';
import { rootOfConflict } from './resolve-conflict.ts';

/** A conflict, with where its object is, and what stands there. */
export interface ConflictView extends ListedConflict {
  readonly path: string;
  /** The value that the field has here now, whatever the note says; undefined: the field, or the object, is not there. */
  readonly stands: string | undefined;
}

/** The conflicts of a site, in the order in which they were last written. */
export async function listConflicts(
  { store }: Pick<SiteContext, 'store'>,
  filter: ConflictFilter,
): Promise<readonly ConflictView[]> {
  const views: ConflictView[] = [];
  for (const conflict of await store.conflicts(filter)) views.push(await conflictView({ store }, conflict));
  return views;
}

/** One conflict as it is listed. */
export async function conflictView(
  { store }: Pick<SiteContext, 'store'>,
  conflict: ListedConflict,
): Promise<ConflictView> {
  const { field } = conflict;
  const tree = new TreeWrites(store);
  const gid = await calledNow({ reader: store, tree }, conflict.gid);
  const path = formatPath(await pathOf(store, gid));
  const here = await tree.current(gid);
  const version = here?.state === 'present' ? here.version : undefined;
  if (field !== 'parent' || version === undefined) return { ...conflict, path, stands: fieldValue(version, field) };
  return { ...conflict, path, stands: toCollection(version, await rootOfConflict({ store }, conflict)).parent };
}

/** Which page of the desk. */
export interface DeskQuery {
  readonly state?: ConflictFilter['state'];
  readonly publication?: string | undefined;
  readonly subscription?: string | undefined;
  /** The subscription URL of one that takes from this site. */
  readonly subscriber?: string | undefined;
  /** Of the object there, and of all that stands below it. */
  readonly path?: string | undefined;
  readonly field?: ConflictFilter['field'] | undefined;
  readonly openedFrom?: number | undefined;
  readonly openedBefore?: number | undefined;
  /** `listedAt` of the last one of the page before. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/** A page of the desk; `next` is given for the page after it, undefined where there is none. */
export interface DeskPage {
  readonly conflicts: readonly ConflictView[];
  readonly next: number | undefined;
}

/**
 * One page of conflicts, the longest untouched first. Reads one page of rows, however many conflicts there are.
 * @throws RequestError CON-R002, CON-R003, CON-R004 for a path, publication or subscription that is not there
 */
export async function conflictPage(context: SiteContext, query: DeskQuery): Promise<DeskPage> {
  const { after, limit } = query;
  const filter = await filterOfDesk(context, query);
  const found = await listConflicts(context, {
    ...filter,
    limit: limit + 1,
    ...(after === undefined ? {} : { listedAfter: after }),
  });
  const conflicts = found.slice(0, limit);
  return { conflicts, next: found.length > limit ? conflicts.at(-1)?.listedAt : undefined };
}

/** What the desk's words mean to the store. Throws as `conflictPage` does. */
export async function filterOfDesk(
  context: SiteContext,
  query: Omit<DeskQuery, 'after' | 'limit'>,
): Promise<ConflictFilter> {
  const { state, path, field, openedFrom, openedBefore } = query;
  const peers = await peersOfDesk(context, query);
  const root = path === undefined ? [] : pathWithinSite(context.site, path);
  const below = root.length === 0 ? undefined : (await readObject(context, root)).gid;
  return {
    ...(state === undefined ? {} : { state }),
    ...(peers === undefined ? {} : { peers }),
    ...(below === undefined ? {} : { below }),
    ...(field === undefined ? {} : { field }),
    ...(openedFrom === undefined ? {} : { openedFrom }),
    ...(openedBefore === undefined ? {} : { openedBefore }),
  };
}

async function peersOfDesk(
  { store, site }: SiteContext,
  { publication, subscription, subscriber }: Pick<DeskQuery, 'publication' | 'subscription' | 'subscriber'>,
): Promise<readonly PeerNumber[] | undefined> {
  const isWanted = ({ url }: { readonly url: string }): boolean => subscriber === undefined || url === subscriber;
  if (publication !== undefined) {
    if ((await store.publication(publication)) === undefined)
      throw new RequestError('CON-R003', `The site “${site}” has no publication “${publication}”`);
    return (await store.subscribers(publication)).filter(isWanted).map(({ peer }) => peer);
  }
  if (subscriber !== undefined) {
    const peers: PeerNumber[] = [];
    for (const { id } of await store.publications())
      peers.push(...(await store.subscribers(id)).filter(isWanted).map(({ peer }) => peer));
    return peers;
  }
  if (subscription === undefined) return undefined;
  const row = await store.subscription(subscription);
  if (row === undefined) throw new RequestError('CON-R004', `The site “${site}” has no subscription “${subscription}”`);
  return [row.peer];
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
