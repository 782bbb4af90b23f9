import { RequestError } from '../../errors/concord-error.ts';
import type { SyncEvent } from '../../ports/site-notes.ts';
import { isLeased } from '../../synchronization/lease.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { Tally } from '../../synchronization/tally.ts';
import type { SiteContext } from '../site-context.ts';

/** How far a sync is. */
export interface SyncStage {
  readonly sent: Tally;
  readonly received: Tally;
}

/** What the newest sync of a subscription does, or came to, as everybody who looks on sees it. */
export interface SyncState {
  readonly subscription: string;
  /**
   * `never`: none is remembered; `broken-off`: the process that ran it is gone, and the next Sync goes on; `waiting`: it ended but for what needs permission, or an
   * answer.
   */
  readonly state: 'never' | 'queued' | 'running' | 'broken-off' | 'done' | 'waiting' | 'failed' | 'cancelled';
  readonly at: number | undefined;
  /** Somebody has asked it to stop. */
  readonly isStopping: boolean;
  readonly stage: SyncStage | undefined;
  /** What the last event says: the report, or why it failed. */
  readonly outcome: Readonly<Record<string, unknown>>;
  /** The number of the newest event, from which to go on listening. */
  readonly lastEvent: number;
}

const looked = 50;

/** @throws RequestError CON-R004 when there is no such subscription */
export async function syncState(context: SiteContext, id: string): Promise<SyncState> {
  const subscription = await context.store.subscription(id);
  if (subscription === undefined)
    throw new RequestError('CON-R004', `The site “${context.site}” has no subscription “${id}”`);
  const events = await context.store.notes.syncEvents(id, { newestFirst: true, limit: looked });
  const relevant = events.filter(({ kind }) => kind !== 'plan' && kind !== 'cancel');
  const [newest] = relevant;
  const isRunning = isLeased(subscription.state.lease, context.clock.now());
  return {
    subscription: id,
    state: stateOf(newest, isRunning),
    at: newest?.at,
    isStopping: isRunning && isCancelAsked(events),
    stage: stageOf(subscription, newest),
    outcome: newest?.data ?? {},
    lastEvent: events[0]?.number ?? 0,
  };
}

/** The number after which a reader who comes late hears all of the newest sync, and nothing of those before. */
export async function beginningOfNewest({ store }: Pick<SiteContext, 'store'>, id: string): Promise<number> {
  const [newest] = await store.notes.syncEvents(id, { newestFirst: true, limit: 1, kinds: ['queued', 'started'] });
  return newest === undefined ? 0 : newest.number - 1;
}

function stateOf(newest: SyncEvent | undefined, isRunning: boolean): SyncState['state'] {
  if (newest === undefined) return isRunning ? 'running' : 'never';
  const { kind } = newest;
  switch (kind) {
    case 'started':
    case 'progress':
      return isRunning ? 'running' : 'broken-off';
    case 'queued':
    case 'done':
    case 'waiting':
    case 'failed':
    case 'cancelled':
      return kind;
    case 'plan':
    case 'cancel':
      return 'never';
    default:
      return kind satisfies never;
  }
}

function isCancelAsked(events: readonly SyncEvent[]): boolean {
  const asked = events.find(({ kind }) => kind === 'cancel')?.number ?? 0;
  return asked > (events.find(({ kind }) => kind === 'started')?.number ?? 0);
}

/** What the session's row says is newer than the last event that was told. */
function stageOf({ state }: Subscription, newest: SyncEvent | undefined): SyncStage | undefined {
  if (state.session !== undefined) return { sent: state.session.sent, received: state.session.received };
  if (newest?.kind !== 'progress' && newest?.kind !== 'done' && newest?.kind !== 'waiting') return undefined;
  // Holds: these events carry both tallies.
  return newest.data as unknown as SyncStage;
}
