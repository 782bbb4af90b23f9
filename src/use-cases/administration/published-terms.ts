import { conduitNamed } from '../../conduits/conduit.ts';
import { RequestError } from '../../errors/concord-error.ts';
import { mappingNamed } from '../../objects/mapping.ts';
import { queryNamed } from '../../objects/query.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { XPathEvaluator } from '../../ports/xpath-evaluator.ts';
import { schemeOf } from '../../synchronization/carried.ts';
import { mailAddress } from '../../synchronization/mail-files.ts';
import { ownKeysNamed } from '../exchange/seals.ts';
import type { Actor, SiteContext } from '../site-context.ts';

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

const exampleUrl = 'http://localhost:9673/cps';
const reachableSchemes: readonly string[] = ['http:', 'https:', 'file:', 'mailto:'];

/** Returns the URL without slashes at its end, when it is one and keeps no secret. @throws RequestError CON-R008 */
export function checkedUrl(url: string, what: string): string {
  if (!URL.canParse(url)) throw new RequestError('CON-R008', `The ${what} “${url}” is not a URL such as ${exampleUrl}`);
  if (schemeOf(url) === 'mailto' && mailAddress(url) === undefined)
    throw new RequestError(
      'CON-R008',
      `The ${what} “${url}” needs one plain address, such as mailto:office@example.org`,
    );
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw new RequestError('CON-R008', `The ${what} holds an account: say it as the user, so that it is kept secret`);
  return url.replace(/\/+$/, '');
}

/** Returns the URL of a publication as `checkedUrl` does, when messages can be sent there. @throws RequestError CON-R008, CON-W007 */
export function reachableUrl(url: string, what: string): string {
  const checked = checkedUrl(url, what);
  const { protocol, host } = new URL(checked);
  if (!reachableSchemes.includes(protocol))
    throw new RequestError(
      'CON-W007',
      `The ${what} begins with ${protocol}, and only http:, https:, mailto: and file: can be reached`,
    );
  if (protocol === 'file:' && host !== '')
    throw new RequestError('CON-R008', `The ${what} names a folder of “${host}”; mount it here, as file:///mnt/share`);
  return checked;
}

/** Returns the name of the key, when it is empty or an own key of the site has it. @throws RequestError CON-K001: nobody is to believe that messages are sealed when they are not */
export async function checkedKeyName({ site, keyring }: SiteContext, keyName: string): Promise<string> {
  const keys = (await keyring?.keys()) ?? [];
  if (keyName !== '' && ownKeysNamed(keys, keyName).length === 0)
    throw new RequestError('CON-K001', `The site “${site}” has no own key “${keyName}”: concord key make ${site} NAME`);
  return keyName;
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
  { id, text, details }: { readonly id: string; readonly text: string; readonly details?: LogLine['details'] },
): Promise<void> {
  await store.record({
    at: clock.now(),
    kind: 'administration',
    level: 'info',
    subject: id,
    text,
    details: { ...details, by: actor.name },
  });
}
