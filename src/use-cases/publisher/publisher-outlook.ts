import { conduitNamed } from '../../conduits/conduit.ts';
import type { Query } from '../../objects/query.ts';
import { isEveryone } from '../../objects/query.ts';
import type { Version } from '../../objects/version.ts';
import type { Publication } from '../../synchronization/publication.ts';
import { isAllowed } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { LeftOutAbove } from '../exchange/left-out-above.ts';
import type { Outlook } from '../exchange/outlook.ts';
import type { SiteContext } from '../site-context.ts';

/** How the publisher looks at what one subscriber holds, with its log read as of `upTo`. */
export function publisherOutlook(
  context: SiteContext,
  pair: { readonly publication: Publication; readonly subscriber: Subscriber; readonly query: Query },
  upTo: number,
): Outlook {
  const { publication, subscriber, query } = pair;
  const { state, terms } = subscriber;
  const mayPull = isAllowed(publication.mayPull, subscriber.account);
  const hasFilter = !isEveryone(query.text);
  const isMember = (version: Version): boolean => query.isMember(version);
  const { collection, root } = publication;
  return {
    store: context.store,
    peer: subscriber.peer,
    collection,
    root,
    from: state.checkpoints.at(-1)?.publisher.seq ?? 0,
    heldAt: state.checkpoints.at(-1)?.publisher.seq ?? 0,
    upTo,
    inFlightUpTo: state.inFlightUpTo,
    hasReceived: state.takenUpTo > 0,
    isMember,
    hasFilter,
    leftOutAbove: hasFilter ? new LeftOutAbove({ store: context.store, collection, root, isMember }) : undefined,
    withheldBy: (action) => {
      // After a refresh from the subscriber there is nothing to send: what it does not have went, or waits for permission to go.
      if (state.session?.kind === 'refresh-from-subscriber' && action === 'create') return 'brake';
      if (terms.mode === 'push') return 'mode';
      if (!mayPull) return 'right';
      return terms.strategy.includes(action) ? undefined : 'strategy';
    },
    peersEpoch: state.subscriberEpoch,
    receivedAfter: state.session?.openedAt ?? 0,
    basePosition: (revision) => revision?.seq ?? 0,
    keys: conduitNamed(publication.conduit).keys,
  };
}
