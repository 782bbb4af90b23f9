import { RequestError } from '../../errors/concord-error.ts';
import { gidGeneratorNamed } from '../../objects/gid-generator.ts';
import { formatPath } from '../../objects/path.ts';
import type { XPathEvaluator } from '../../ports/xpath-evaluator.ts';
import type { Publication } from '../../synchronization/publication.ts';
import {
  checkedDocumentTerms,
  checkedKeyName,
  checkedPeerId,
  closeUnusedCollection,
  defaultDocumentTerms,
  reachableUrl,
  recordAdministration,
} from './published-terms.ts';
import { forgetCarrier } from '../exchange/carrier-state.ts';
import { parentAt } from '../objects/read-object.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { pathWithinSite } from '../objects/site-path.ts';

/** What an operator can say about a publication; what is not said stays as it is. */
export type PublicationSettings = Partial<Omit<Publication, 'id' | 'root' | 'collection' | 'generation'>>;

/** A publication to be made or changed, and who asks. */
export interface PublishRequest extends PublicationSettings {
  readonly id: string;
  readonly actor: Actor;
}

/** What came of it. `startsGeneration`: subscribers will compare once with everything, because they may hold what they should not, or lack something. */
export interface Published {
  readonly publication: Publication;
  readonly outcome: 'created' | 'changed' | 'unchanged';
  readonly startsGeneration: boolean;
}

const newPublication = {
  ...defaultDocumentTerms,
  url: '',
  path: '',
  gidGenerator: '',
  keyName: '',
  conflictPolicy: undefined,
  updatePolicy: undefined,
  mayPull: 'everyone',
  mayPush: 'everyone',
} as const satisfies Required<PublicationSettings>;

/**
 * Offers the nodes below a path, or changes what a publication offers.
 * @throws RequestError CON-R002 unknown path, CON-R005 unknown conduit, mapping, query or GID generator, CON-E007 a query that is no XPath, CON-R008 no path, or a wrong
 *   id or URL, CON-K001 an unknown key, CON-W007 a URL that cannot be reached yet
 */
export async function publish(
  context: SiteContext,
  request: PublishRequest,
  xpath: XPathEvaluator,
): Promise<Published> {
  const { id, actor, ...settings } = request;
  const before = await context.store.publication(checkedPeerId(id));
  if (before === undefined && settings.path === undefined)
    throw new RequestError('CON-R008', `“${id}” is a new publication: it needs a path`);
  const after = await settled(context, { ...(before ?? newPublication), ...settings, id }, xpath);
  const startsGeneration = before !== undefined && offersOtherwise(before, after);
  const publication = { ...after, generation: (before?.generation ?? 1) + (startsGeneration ? 1 : 0) };
  if (before !== undefined && isSame(before, publication))
    return { publication, outcome: 'unchanged', startsGeneration };
  await context.store.savePublication(publication);
  if (before !== undefined && before.collection !== publication.collection)
    await closeUnusedCollection(context, before.collection);
  await recordAdministration(context, actor, {
    id,
    text: before === undefined ? `Published ${publication.path}` : 'Publication changed',
  });
  return { publication, outcome: before === undefined ? 'created' : 'changed', startsGeneration };
}

/** Ends a publication with all that is known about its subscribers. The objects stay. @throws RequestError CON-R003 */
export async function unpublish(context: SiteContext, actor: Actor, id: string): Promise<void> {
  const publication = await context.store.publication(id);
  if (publication === undefined)
    throw new RequestError('CON-R003', `The site “${context.site}” has no publication “${id}”`);
  for (const { peer } of await context.store.subscribers(id)) await forgetCarrier(context, peer);
  await context.store.removePublication(id);
  await closeUnusedCollection(context, publication.collection);
  await recordAdministration(context, actor, { id, text: `Publication of ${publication.path} ended` });
}

type Settled = Omit<Publication, 'generation'>;

type Wanted = Required<PublicationSettings> & { readonly id: string };

async function settled(context: SiteContext, wanted: Wanted, xpath: XPathEvaluator): Promise<Settled> {
  checkedDocumentTerms(wanted, xpath);
  gidGeneratorNamed(wanted.gidGenerator);
  await checkedKeyName(context, wanted.keyName);
  const path = pathWithinSite(context.site, wanted.path);
  const root = await parentAt(context.store, path);
  await refuseOtherGenerator(context, { ...wanted, root });
  return {
    ...wanted,
    url: wanted.url === '' ? '' : reachableUrl(wanted.url, 'publication URL'),
    path: formatPath(path),
    root,
    collection: await context.store.openCollection(root),
  };
}

/** Two generators for one path would leave it to chance which of them names an object. */
async function refuseOtherGenerator(
  { store }: SiteContext,
  { id, root, gidGenerator }: Pick<Publication, 'id' | 'root' | 'gidGenerator'>,
): Promise<void> {
  const isRandom = (name: string): boolean => gidGeneratorNamed(name) === undefined;
  const other = (await store.publications()).find(
    (each) =>
      each.id !== id && each.root === root && !isRandom(each.gidGenerator) && each.gidGenerator !== gidGenerator,
  );
  if (other === undefined || isRandom(gidGenerator)) return;
  const message = `The publication “${other.id}” of the same path makes gids by ${other.gidGenerator}: give both the same --gid`;
  throw new RequestError('CON-R008', message);
}

/** Whether subscribers may now hold what they should not, or lack what they should have (engine.md §7). */
function offersOtherwise(before: Publication, after: Omit<Publication, 'generation'>): boolean {
  const of = ({ root, query, mapping, conduit, mayPull, mayPush }: Omit<Publication, 'generation'>) =>
    JSON.stringify([root, query, mapping, conduit, mayPull, mayPush]);
  return of(before) !== of(after);
}

function isSame(before: Publication, after: Publication): boolean {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  // Both are publications: the keys are theirs, and the values plain.
  return [...keys].every(
    (key) => JSON.stringify(before[key as keyof Publication]) === JSON.stringify(after[key as keyof Publication]),
  );
}
