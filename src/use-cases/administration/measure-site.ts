import type { ActivityState } from '../../activities/activity.ts';
import { ConcordError } from '../../errors/concord-error.ts';
import type { ChangeRange } from '../../ports/object-reader.ts';
import { knownUpTo } from '../../synchronization/known-up-to.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { waitingFor } from '../../synchronization/waiting.ts';
import type { SiteContext } from '../site-context.ts';

/** How many activities are in a state, and for how long the oldest of them could have run; 0 where there is none. */
export interface ActivityMeasure {
  readonly count: number;
  readonly oldestMs: number;
}

/** How far one subscriber is behind. */
export interface SubscriberLag {
  readonly publication: string;
  readonly url: string;
  /** Objects of the publication that changed since it was last known to have all. */
  readonly changes: number;
  /** How long ago the first of these changes came to the publisher; 0 where there is none. */
  readonly ms: number;
  readonly lastSyncAt: number | undefined;
}

/** A publication and its subscribers together. */
export interface PublicationMeasure {
  readonly id: string;
  readonly subscribers: number;
  /** Those that lack the publication's newest change. */
  readonly behind: number;
  /** Those whose session has begun and not ended. */
  readonly inSession: number;
  /** Those furthest behind. */
  readonly furthest: readonly SubscriberLag[];
}

/** What a subscription does at the moment. */
export interface SubscriptionMeasure {
  readonly id: string;
  readonly state: 'running' | 'waiting' | 'resting';
  readonly hasSchedule: boolean;
  readonly lastSyncAt: number | undefined;
}

/** Open conflicts that were opened no longer ago than this, and longer ago than the class before; undefined: however long ago. */
export interface ConflictAges {
  readonly upToMs: number | undefined;
  readonly count: number;
}

/** How much of everything there is at a site, for those who watch it. */
export interface SiteMeasures {
  readonly site: string;
  readonly revisions: number;
  /** Undefined when the queue, which may be on another server, does not answer. */
  readonly activities: Readonly<Record<ActivityState, ActivityMeasure>> | undefined;
  readonly publications: readonly PublicationMeasure[];
  readonly subscriptions: readonly SubscriptionMeasure[];
  readonly conflicts: readonly ConflictAges[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const conflictClasses = [hourMs, dayMs, 7 * dayMs, 30 * dayMs] as const;

/** Measures a site. Cost follows what is at work, open conflicts and `furthest` (of each publication), not the subscribers or objects that there are. */
export async function measureSite(context: SiteContext, furthest: number): Promise<SiteMeasures> {
  const { site, store } = context;
  const publications: PublicationMeasure[] = [];
  for (const publication of await store.publications())
    publications.push(await measurePublication(context, publication, furthest));
  return {
    site,
    revisions: (await store.head()).seq,
    activities: await measureActivities(context).catch(undefinedWhereAway),
    publications,
    subscriptions: (await store.subscriptions()).map((subscription) => measureSubscription(context, subscription)),
    conflicts: await measureConflicts(context),
  };
}

/** The other figures are wanted all the more; `assessFlow` says what is wrong. */
function undefinedWhereAway(error: unknown): undefined {
  if (!(error instanceof ConcordError)) throw error;
}

async function measureActivities({ queue, clock }: SiteContext): Promise<NonNullable<SiteMeasures['activities']>> {
  const counts = await queue.count();
  const now = clock.now();
  const measured = async (state: ActivityState): Promise<ActivityMeasure> => {
    if (counts[state] === 0) return { count: 0, oldestMs: 0 };
    const due = state === 'waiting' ? await queue.nextDue() : await oldestDue(state);
    return { count: counts[state], oldestMs: due === undefined ? 0 : Math.max(0, now - due) };
  };
  // The lowest number was queued first; which one was due first would need a look at all.
  const oldestDue = async (state: ActivityState): Promise<number | undefined> => {
    const [oldest] = await queue.list({ state, limit: 1 });
    return oldest && Math.max(oldest.createdAt, oldest.notBefore);
  };
  return {
    waiting: await measured('waiting'),
    runnable: await measured('runnable'),
    running: await measured('running'),
    failed: await measured('failed'),
  };
}

async function measurePublication(
  context: SiteContext,
  publication: Publication,
  furthest: number,
): Promise<PublicationMeasure> {
  const { store } = context;
  const { id, collection } = publication;
  const upTo = (await store.head()).seq;
  const lags: SubscriberLag[] = [];
  // Many are often equally far: after a first sync to all, or before it.
  const known = new Map<number, Lag>();
  for (const { url, state } of await store.subscribersBehind(id, furthest)) {
    const after = knownUpTo(state);
    const lag = known.get(after) ?? (await lagAfter(context, { collection, after, upTo }));
    known.set(after, lag);
    lags.push({ publication: id, url, lastSyncAt: state.lastSyncAt, ...lag });
  }
  // All but the last of the changes are known by who knows up to the one before it.
  const last = await lastChange(context, collection, upTo);
  return {
    id,
    subscribers: await store.countSubscribers(id),
    behind: last === undefined ? 0 : await store.countSubscribers(id, { knowingLessThan: last }),
    inSession: await store.countSubscribers(id, { isInSession: true }),
    furthest: lags,
  };
}

/** The place of a collection's newest change; found by halving, as no port asks for it backwards. */
async function lastChange(
  { store }: SiteContext,
  collection: Publication['collection'],
  upTo: number,
): Promise<number | undefined> {
  const isBehind = async (after: number): Promise<boolean> =>
    (await store.changes({ collection, after, upTo }, 'all', 1)).length > 0;
  if (!(await isBehind(0))) return undefined;
  let [known, end] = [0, upTo];
  while (end - known > 1) {
    const middle = Math.floor((known + end) / 2);
    if (await isBehind(middle)) known = middle;
    else end = middle;
  }
  return end;
}

type Lag = Pick<SubscriberLag, 'changes' | 'ms'>;

async function lagAfter({ store, clock }: SiteContext, range: ChangeRange): Promise<Lag> {
  const kind = range.after === 0 ? 'present' : 'all';
  const [first] = await store.changes(range, kind, 1);
  if (first === undefined) return { changes: 0, ms: 0 };
  const ms = Math.max(0, clock.now() - first.revision.receivedAt);
  return { changes: await store.countChanges(range, kind), ms };
}

function measureSubscription({ clock }: SiteContext, { id, state, schedule }: Subscription): SubscriptionMeasure {
  const isRunning = (state.lease?.until ?? 0) > clock.now();
  const isWaiting = waitingFor(state) !== undefined || state.session !== undefined;
  return {
    id,
    state: isRunning ? 'running' : isWaiting ? 'waiting' : 'resting',
    hasSchedule: schedule !== '',
    lastSyncAt: state.lastSyncAt,
  };
}

async function measureConflicts({ store, clock }: SiteContext): Promise<readonly ConflictAges[]> {
  const now = clock.now();
  const ages: ConflictAges[] = [];
  let before: number | undefined;
  for (const upToMs of [...conflictClasses, undefined]) {
    const filter = {
      ...(upToMs === undefined ? {} : { openedFrom: now - upToMs }),
      ...(before === undefined ? {} : { openedBefore: before }),
    };
    ages.push({ upToMs, count: await store.countConflicts({ state: 'open', ...filter }) });
    before = upToMs === undefined ? undefined : now - upToMs;
  }
  return ages;
}
