import { conduitNamed } from '../conduits/conduit.ts';
import { RequestError } from '../errors/concord-error.ts';
import { mappingNamed } from '../objects/mapping.ts';
import { queryNamed } from '../objects/query.ts';
import type { XPathEvaluator } from '../ports/xpath-evaluator.ts';
import type { Actor, SiteContext } from './site-context.ts';

/** What publications and subscriptions both say about their documents. */
export interface DocumentTerms {
  readonly query: string;
  readonly mapping: string;
  readonly conduit: string;
}

/** Terms of those who say nothing; the names are the seed's. */
export const defaultDocumentTerms: DocumentTerms = { query: 'objectValues', mapping: 'asXML', conduit: 'object' };

const maxIdLength = 255;

/** Returns the terms, when all that they name is known. @throws RequestError CON-R005, whose message lists what is known; CON-E007 for a query that is no XPath */
export function checkedDocumentTerms(terms: DocumentTerms, xpath: XPathEvaluator): DocumentTerms {
  queryNamed(terms.query, xpath);
  mappingNamed(terms.mapping);
  conduitNamed(terms.conduit);
  return terms;
}

/** Returns the id, when a publication or subscription can have it. @throws RequestError CON-R008 */
export function checkedPeerId(id: string): string {
  const isId = id.trim() !== '' && id.length <= maxIdLength && !/\p{Cc}/u.test(id);
  if (!isId)
    throw new RequestError(
      'CON-R008',
      `“${id}” cannot be an ID: it needs 1 to ${maxIdLength} characters, none of them a control character`,
    );
  return id;
}

/** Returns the URL without slashes at its end, when it is one. @throws RequestError CON-R008 */
export function checkedUrl(url: string, what: string): string {
  if (!URL.canParse(url))
    throw new RequestError('CON-R008', `The ${what} “${url}” is not a URL such as http://localhost:9673/cps`);
  return url.replace(/\/+$/, '');
}

/** Closes the log range of a collection that no publication and no subscription uses any more. */
export async function closeUnusedCollection({ store }: SiteContext, collection: number): Promise<void> {
  const users = [...(await store.publications()), ...(await store.subscriptions())];
  if (!users.some((user) => user.collection === collection)) await store.closeCollection(collection);
}

/** Writes down who changed which publication or subscription. */
export async function recordAdministration(
  { store, clock }: SiteContext,
  actor: Actor,
  { id, text }: { readonly id: string; readonly text: string },
): Promise<void> {
  await store.record({
    at: clock.now(),
    kind: 'administration',
    level: 'info',
    subject: id,
    text,
    details: { by: actor.name },
  });
}
