import type { Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { SiteContext } from '../site-context.ts';

/** One message of an admitted subscriber. */
export interface PublisherStep {
  readonly context: SiteContext;
  readonly services: EngineServices;
  readonly message: SyncMlMessage;
  readonly digest: string;
  readonly publication: Publication;
  readonly subscriber: Subscriber;
  /** Made at first contact, to be handed over. */
  readonly token: string | undefined;
}
