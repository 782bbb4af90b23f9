import { topGid } from '../../objects/gid.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { defaultTerms, newSubscriptionState } from '../../synchronization/subscription.ts';
import { checkedUrl, defaultDocumentTerms, reachableUrl } from '../administration/published-terms.ts';
import type { SiteContext } from '../site-context.ts';
import { askPreview } from './ask-preview.ts';
import type { SyncControl } from './running-sync.ts';

/** The publication that is asked, and as whom. */
export interface WantedConnection extends Pick<
  Subscription,
  'publication' | 'publicationUrl' | 'subscriptionUrl' | 'user'
> {
  readonly password: string;
}

/** What the publication answered. */
export interface Connection {
  /** How many objects it has. */
  readonly objects: number;
  readonly mayPull: boolean;
  readonly mayPush: boolean;
}

/** The number of no peer and no collection: nothing is read for it, and nothing written. */
const nobody = -1;

/**
 * Asks a publication whether it would answer a subscription with these settings, before there is one. Writes nothing here; the publication gets to know the
 * subscription URL.
 * @throws as `previewSync`: TransportError for what cannot be reached, AuthenticityError CON-A004 for a wrong account, RequestError CON-R003 for an unknown publication,
 *   CON-R008 and CON-W007 for an address that cannot be one
 */
export async function testConnection(
  context: SiteContext,
  wanted: WantedConnection,
  control: Omit<SyncControl, 'onProgress'>,
): Promise<Connection> {
  const { publication, user, password } = wanted;
  const subscription: Subscription = {
    ...defaultDocumentTerms,
    publicationUrl: reachableUrl(wanted.publicationUrl, 'publication URL'),
    subscriptionUrl: checkedUrl(wanted.subscriptionUrl, 'subscription URL'),
    publication,
    user,
    peer: nobody,
    version: 0,
    id: publication,
    path: '',
    root: topGid,
    collection: nobody,
    terms: defaultTerms,
    keyName: '',
    schedule: '',
    password: password === '' ? '' : context.vault.seal(password),
    token: '',
    state: newSubscriptionState,
  };
  const { hello } = await askPreview({ context, subscription, control }, { kind: 'comparison' });
  return { objects: hello.members, mayPull: hello.mayPull, mayPush: hello.mayPush };
}
