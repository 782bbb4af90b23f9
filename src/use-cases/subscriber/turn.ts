import type { Query } from '../../objects/query.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { SiteContext } from '../site-context.ts';

/** What a subscriber's next message is made from. */
export interface Turn {
  readonly context: SiteContext;
  readonly services: EngineServices;
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
  readonly query: Query;
  /** Only to see what would happen. */
  readonly isPreview?: boolean;
  /** In the preview of a comparison: the publisher's position after which its list goes on. */
  readonly listAfter?: number;
  /** The session is over whether this arrives or not: no answer is wanted. */
  readonly isFarewell?: boolean;
}
