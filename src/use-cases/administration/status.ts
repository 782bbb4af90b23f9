import type { ActivityState } from '../../activities/activity.ts';
import { RequestError } from '../../errors/concord-error.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import { standingReasons } from '../../synchronization/exception.ts';
import { isLeased } from '../../synchronization/lease.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { abandonedAfterMs, isAbandoned } from '../../synchronization/abandoned.ts';
import { heldBackUntil } from '../../synchronization/quarantine.ts';
import { knownUpTo } from '../../synchronization/known-up-to.ts';
import type { Mode, Subscription, Waiting } from '../../synchronization/subscription.ts';
import type { Tally } from '../../synchronization/tally.ts';
import { waitingFor } from '../../synchronization/waiting.ts';
import type { CarrierNote } from '../../ports/carrier-notes.ts';
import type { MailboxState } from '../exchange/carrier-state.ts';
import { carrierStateOf, mailboxStates } from '../exchange/carrier-state.ts';
import type { ExceptionView } from '../exchange/list-exceptions.ts';
import { listExceptions } from '../exchange/list-exceptions.ts';
import type { FollowState } from '../subscriber/follow-note.ts';
import { followState } from '../subscriber/follow-note.ts';
import type { SiteContext } from '../site-context.ts';

/** A sync that is on its way. */
export interface Progress {
  readonly startedAt: number;
  readonly sent: Tally;
  readonly received: Tally;
}

/** How one subscription stands. */
export interface SubscriptionStatus {
  readonly id: string;
  readonly publication: string;
  readonly publicationUrl: string;
  readonly subscriptionUrl: string;
  readonly path: string;
  readonly mode: Mode;
  readonly schedule: string;
  /** How it stands with listening to the publisher; left out where that is not wanted. */
  readonly following?: FollowState;
  /** `never`: not yet synchronised; `open`: a session has begun and not ended; `waiting`: for what `waiting` says. */
  readonly state: 'never' | 'agreed' | 'open' | 'waiting';
  readonly isRunning: boolean;
  readonly waiting: Waiting | undefined;
  readonly progress: Progress | undefined;
  readonly lastSyncAt: number | undefined;
  /** The last mails or files to and from it, and what could not be delivered; left out where messages are not carried. */
  readonly carried?: CarrierNote;
  readonly openConflicts: number;
  /** Objects of which one side holds something else for a reason: kept back, refused, or waiting for an own edit. */
  readonly exceptions: number;
  /** Which objects those are; only where one subscription or publication is asked for. */
  readonly exceptionList?: readonly ExceptionView[];
}

/** How one subscriber stands, as its publisher knows it. */
export interface SubscriberStatus {
  readonly url: string;
  readonly account: string;
  readonly mode: Mode;
  readonly lastSyncAt: number | undefined;
  /** Objects of the publication that changed since it was last known to have all of them, from whomever the change came. */
  readonly lag: number;
  /** Not heard of for thirty days, while the log is kept for it. */
  readonly isAbandoned: boolean;
  /** It did too much wrong, one after the other: until when it is not listened to, and what the last fault was. */
  readonly heldBack?: { readonly until: number; readonly reason: string };
  readonly progress: Progress | undefined;
  /** The last mails or files to and from it, and what could not be delivered; left out where messages are not carried. */
  readonly carried?: CarrierNote;
  readonly openConflicts: number;
  readonly exceptions: number;
  /** Which objects those are; only where one subscription or publication is asked for. */
  readonly exceptionList?: readonly ExceptionView[];
}

/** How one publication stands. */
export interface PublicationStatus {
  readonly id: string;
  readonly url: string;
  readonly path: string;
  readonly generation: number;
  readonly subscribers: readonly SubscriberStatus[];
}

/** How a site stands. */
export interface SiteStatus {
  readonly site: string;
  readonly publications: readonly PublicationStatus[];
  readonly subscriptions: readonly SubscriptionStatus[];
  readonly activities: Readonly<Record<ActivityState, number>>;
  /** The mailboxes that are watched for the site. */
  readonly mailboxes: readonly MailboxState[];
}

/**
 * How a site stands: its publications with their subscribers, its subscriptions, its activities. With an id only what has that id.
 * @throws RequestError CON-R004 when nothing has it
 */
export async function siteStatus(context: SiteContext, id?: string): Promise<SiteStatus> {
  const { store } = context;
  const isWanted = (item: { readonly id: string }) => id === undefined || item.id === id;
  const publications = (await store.publications()).filter(isWanted);
  const subscriptions = (await store.subscriptions()).filter(isWanted);
  if (id !== undefined && publications.length + subscriptions.length === 0)
    throw new RequestError('CON-R004', `The site “${context.site}” has no subscription or publication “${id}”`);
  return {
    site: context.site,
    publications: await each(publications, (publication) => publicationStatus(context, publication, id)),
    subscriptions: await each(subscriptions, (subscription) => subscriptionStatus(context, subscription, id)),
    activities: await context.queue.count(),
    mailboxes: await mailboxStates(context),
  };
}

/** How one subscription stands; with its exceptions, when it is the one that is `asked` for. */
export async function subscriptionStatus(
  context: SiteContext,
  subscription: Subscription,
  asked?: string,
): Promise<SubscriptionStatus> {
  const { id, publication, publicationUrl, subscriptionUrl, path, schedule, terms, state, peer } = subscription;
  return {
    id,
    publication,
    publicationUrl,
    subscriptionUrl,
    path,
    mode: terms.mode,
    schedule,
    ...(subscription.follow === true && { following: await followState(context, id) }),
    state: stateOf(subscription),
    isRunning: isLeased(state.lease, context.clock.now()),
    waiting: waitingFor(state),
    progress: progressOf(state.session),
    lastSyncAt: state.lastSyncAt,
    ...(await countsOf(context, peer, asked)),
  };
}

function stateOf({ state }: Subscription): SubscriptionStatus['state'] {
  if (waitingFor(state) !== undefined) return 'waiting';
  if (state.session !== undefined) return 'open';
  return state.lastSyncAt === undefined ? 'never' : 'agreed';
}

async function publicationStatus(
  context: SiteContext,
  publication: Publication,
  asked: string | undefined,
): Promise<PublicationStatus> {
  const { id, url, path, generation } = publication;
  const subscribers = await context.store.subscribers(id);
  return {
    id,
    url,
    path,
    generation,
    subscribers: await each(subscribers, (row) => subscriberStatus(context, publication, { row, asked })),
  };
}

async function subscriberStatus(
  context: SiteContext,
  { collection }: Publication,
  { row, asked }: { readonly row: Subscriber; readonly asked: string | undefined },
): Promise<SubscriberStatus> {
  const { url, account, terms, state, peer } = row;
  const progress = progressOf(state.session);
  const after = knownUpTo(state);
  const upTo = (await context.store.head()).seq;
  return {
    url,
    account,
    mode: terms.mode,
    lastSyncAt: state.lastSyncAt,
    lag: await context.store.countChanges({ collection, after, upTo }, after === 0 ? 'present' : 'all'),
    isAbandoned: isAbandoned(state, { now: context.clock.now(), head: upTo, unseenMs: abandonedAfterMs }),
    progress,
    ...heldBackOf(state, context.clock.now()),
    ...(await countsOf(context, peer, asked)),
  };
}

function heldBackOf({ faults }: Subscriber['state'], now: number): Pick<SubscriberStatus, 'heldBack'> {
  const until = heldBackUntil(faults, now);
  return faults === undefined || until === undefined ? {} : { heldBack: { until, reason: faults.reason } };
}

async function countsOf(
  context: SiteContext,
  peer: PeerNumber,
  asked: string | undefined,
): Promise<Pick<SubscriberStatus, 'openConflicts' | 'exceptions' | 'exceptionList' | 'carried'>> {
  const { store } = context;
  const carried = await carrierStateOf(context, peer);
  const exceptions = await store.countExceptions(peer, standingReasons);
  return {
    ...(carried !== undefined && { carried }),
    openConflicts: await store.countConflicts({ state: 'open', peer }),
    exceptions,
    ...(asked !== undefined && exceptions > 0 && { exceptionList: await listExceptions({ store }, peer) }),
  };
}

function progressOf(session: Progress | undefined): Progress | undefined {
  if (session === undefined) return undefined;
  const { startedAt, sent, received } = session;
  return { startedAt, sent, received };
}

// One after the other: the store is one, and a site has few of them.
async function each<Item, Result>(
  items: readonly Item[],
  make: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await make(item));
  return results;
}
