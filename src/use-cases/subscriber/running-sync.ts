import type { Delivery, Transport } from '../../ports/transport.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { Tally } from '../../synchronization/tally.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { SiteContext } from '../site-context.ts';

/** How a sync is to be done. */
export interface SyncOptions {
  /** Compare everything with everything once. */
  readonly slow?: boolean;
  /** Give up the session that is under way, and open a new one. */
  readonly restart?: boolean;
  readonly refreshFrom?: 'publisher' | 'subscriber';
  readonly allowDeletions?: number;
  /** The name of a plan that was shown: when one of the sides has moved since, nothing is done. */
  readonly plan?: string;
  /** A message that was handed over already is not handed over again before its pause is over; without this it is at once. */
  readonly isPatient?: boolean;
  /** Who runs it: a name of the process, for the lease. */
  readonly holder: string;
}

/** How far a sync has come. */
export interface SyncProgress {
  readonly stage: SubscriberSession['stage'];
  readonly sent: Tally;
  readonly received: Tally;
}

/** What a sync needs beside the site. */
export interface SyncControl {
  readonly services: EngineServices;
  readonly transport: Transport;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SyncProgress) => void;
}

/** A sync while it runs. */
export interface RunningSync {
  readonly context: SiteContext;
  readonly services: EngineServices;
  readonly options: SyncOptions;
  readonly control: SyncControl;
}

/** After one message and its answer. */
export interface TurnTaken {
  readonly outcome: 'continue' | 'done' | 'waiting-for-permission' | 'handed-over';
  readonly subscription: Subscription;
  /** As it was when it ended. */
  readonly session?: SubscriberSession | undefined;
  /** What is still to be handed over, when nobody holds the lease any more. A farewell is waited for by nobody. */
  readonly parcel?: { readonly bytes: Uint8Array; readonly isFarewell: boolean } | undefined;
  /** The next message, when it is on its way already. */
  readonly underway?: Underway | undefined;
  /** The next message, as long as nothing else was made of the session since. */
  readonly next?: NextMessage | undefined;
}

/** A message as it is kept beside the session, and as it goes out, where that was made ahead. */
export interface NextMessage {
  readonly kept: Uint8Array;
  readonly sent: Uint8Array | undefined;
}

/** A message on its way, and how many octets it has. */
export interface Underway {
  readonly sent: number;
  readonly delivery: Promise<Delivery>;
}

/** The kind of sync that the options ask for. */
export function kindOf(options: SyncOptions): SubscriberSession['kind'] {
  if (options.refreshFrom === 'publisher') return 'refresh-from-publisher';
  if (options.refreshFrom === 'subscriber') return 'refresh-from-subscriber';
  return options.slow === true ? 'comparison' : 'changes';
}
