import { RequestError } from '../../errors/concord-error.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { Calendar } from '../../ports/calendar.ts';
import type { XPathEvaluator } from '../../ports/xpath-evaluator.ts';
import { schemeOf } from '../../synchronization/carried.ts';
import type { Subscription, SubscriptionState, Terms } from '../../synchronization/subscription.ts';
import { defaultTerms, newSubscriptionState } from '../../synchronization/subscription.ts';
import { forgetCarrier } from '../exchange/carrier-state.ts';
import { editTree } from '../objects/local-edits.ts';
import {
  checkedDocumentTerms,
  checkedKeyName,
  checkedPeerId,
  checkedUrl,
  closeUnusedCollection,
  defaultDocumentTerms,
  reachableUrl,
  recordAdministration,
} from './published-terms.ts';
import { pathOf } from '../objects/read-object.ts';
import { cancelSchedule, planSchedules } from './schedule.ts';
import { settleRoot, whereItStands } from './subscription-root.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { pathWithinSite } from '../objects/site-path.ts';

type Said =
  | 'publication'
  | 'publicationUrl'
  | 'subscriptionUrl'
  | 'path'
  | 'query'
  | 'mapping'
  | 'conduit'
  | 'keyName'
  | 'schedule'
  | 'follow'
  | 'user';

/** What an operator can say about a subscription; what is not said stays as it is. The password is plain here, and sealed in the store. */
export type SubscriptionSettings = Partial<Pick<Subscription, Said>> & Partial<Terms> & { readonly password?: string };

/** A subscription to be made or changed, and who asks. */
export interface SubscribeRequest extends SubscriptionSettings {
  readonly id: string;
  readonly actor: Actor;
}

/** What reads schedules and queries. */
export interface SubscribeServices {
  readonly calendar: Calendar;
  readonly xpath: XPathEvaluator;
}

/** What came of it. */
export interface Subscribed {
  readonly subscription: Subscription;
  readonly outcome: 'created' | 'changed' | 'unchanged';
}

type Settings = Omit<Subscription, 'peer' | 'version' | 'state' | 'token'>;

/**
 * Takes what a publication offers to a path, which is made where it is not there yet; or changes how: to another path its objects go along. Nothing is exchanged
 * before the first sync.
 * @throws RequestError CON-R006 when its objects cannot go along because something stands there; CON-E005 when the path has a source already, the publication is this site itself or is taken already; CON-R006 when another subscription has
 *   the URL; CON-K001 an unknown key; CON-W007 a publication URL that cannot be reached yet; CON-R005 unknown conduit, mapping or query; CON-E007 a
 *   query that is no XPath; CON-R008 a wrong id, URL or schedule, something missing, or a password that is kept for somebody else
 */
export async function subscribe(
  context: SiteContext,
  request: SubscribeRequest,
  services: SubscribeServices,
): Promise<Subscribed> {
  const before = await context.store.subscription(checkedPeerId(request.id));
  const place = request.path ?? (await whereItStands(context, before));
  const wanted = wantedOf(request, { before, place });
  await checkedKeyName(context, wanted.keyName);
  checkedDocumentTerms(wanted, services.xpath);
  checkSchedule(context, wanted.schedule, services.calendar);
  checkFollow(wanted);
  refuseItself(wanted);
  const password = passwordAfter(context, request.password, { before, after: wanted });
  const path = pathWithinSite(context.site, wanted.path);
  await refuseOverlap(context, wanted, path);
  const root = await editTree(context, request.actor, (edits) => settleRoot(context, edits, { before, path }));
  const collection = await context.store.openCollection(root);
  const settings: Settings = { ...wanted, password, path: formatPath(path), root, collection };
  const subscription = before === undefined ? await add(context, settings) : await change(context, before, settings);
  const outcome = before === undefined ? 'created' : subscription.version === before.version ? 'unchanged' : 'changed';
  if (before !== undefined && before.schedule !== subscription.schedule) await cancelSchedule(context, subscription.id);
  if (outcome !== 'unchanged') await planSchedules(context, services.calendar);
  if (before !== undefined && before.collection !== collection) await closeUnusedCollection(context, before.collection);
  if (outcome !== 'unchanged') {
    const text =
      outcome === 'created'
        ? `Subscribed to ${settings.publication} at ${settings.publicationUrl}`
        : 'Subscription changed';
    await recordAdministration(context, request.actor, { id: subscription.id, text });
  }
  return { subscription, outcome };
}

/** Ends a subscription. The objects stay. @throws RequestError CON-R004 */
export async function unsubscribe(context: SiteContext, actor: Actor, id: string): Promise<void> {
  const subscription = await context.store.subscription(id);
  if (subscription === undefined)
    throw new RequestError('CON-R004', `The site “${context.site}” has no subscription “${id}”`);
  await cancelSchedule(context, id);
  await forgetCarrier(context, subscription.peer);
  await context.store.removeSubscription(id);
  await closeUnusedCollection(context, subscription.collection);
  await recordAdministration(context, actor, { id, text: `Subscription to ${subscription.publication} ended` });
}

function wantedOf(
  request: SubscribeRequest,
  { before, place }: { readonly before: Subscription | undefined; readonly place: string | undefined },
): Omit<Settings, 'root' | 'collection' | 'password'> {
  const { id, mode, strategy, conflictPolicy, updatePolicy } = request;
  const terms = before?.terms ?? defaultTerms;
  const documents = before ?? defaultDocumentTerms;
  return {
    id,
    publication: request.publication ?? before?.publication ?? id,
    publicationUrl: reachableUrl(
      needed(request.publicationUrl ?? before?.publicationUrl, 'publication URL'),
      'publication URL',
    ),
    subscriptionUrl: checkedUrl(
      needed(request.subscriptionUrl ?? before?.subscriptionUrl, 'subscription URL'),
      'subscription URL',
    ),
    path: needed(place, 'path'),
    terms: {
      mode: mode ?? terms.mode,
      strategy: strategy ?? terms.strategy,
      conflictPolicy: conflictPolicy ?? terms.conflictPolicy,
      updatePolicy: updatePolicy ?? terms.updatePolicy,
    },
    query: request.query ?? documents.query,
    mapping: request.mapping ?? documents.mapping,
    conduit: request.conduit ?? documents.conduit,
    keyName: request.keyName ?? before?.keyName ?? '',
    schedule: request.schedule ?? before?.schedule ?? '',
    follow: (request.follow ?? before?.follow ?? false) || undefined,
    user: request.user ?? before?.user ?? '',
  };
}

/** As it is kept. What was given for one account at one publisher is not shown to another, of whom somebody may just have mistyped the address. */
function passwordAfter(
  context: SiteContext,
  given: string | undefined,
  {
    before,
    after,
  }: { readonly before: Subscription | undefined; readonly after: Omit<Settings, 'root' | 'collection' | 'password'> },
): string {
  if (given !== undefined) return sealed(context, given);
  if (before === undefined || before.password === '' || after.user === '') return '';
  const [was, is] = [recipientOf(before.publicationUrl), recipientOf(after.publicationUrl)];
  if (was === is && before.user === after.user) return before.password;
  throw new RequestError(
    'CON-R008',
    `The password that is kept is the one of ${before.user} at ${was}; give the one of ${after.user} at ${is}, too`,
  );
}

/** Who gets to see a password: the whole server of an HTTP address, else what the address names. */
function recipientOf(publicationUrl: string): string {
  const { origin, href } = new URL(publicationUrl);
  return origin === 'null' ? href : origin;
}

function checkSchedule({ clock }: SiteContext, schedule: string, calendar: Calendar): void {
  if (schedule !== '' && calendar.next(schedule, clock.now()) === undefined)
    throw new RequestError('CON-R008', `The schedule “${schedule}” never comes`);
}

/** Only HTTP has connections that stay open; and what would be let in by them in clear is what a seal is to keep out. */
function checkFollow({
  follow,
  publicationUrl,
  keyName,
}: Pick<Settings, 'follow' | 'publicationUrl' | 'keyName'>): void {
  if (follow !== true) return;
  const scheme = schemeOf(publicationUrl);
  if (scheme !== 'http' && scheme !== 'https')
    throw new RequestError(
      'CON-R008',
      'Only a publication at an http or https address can be followed; give it a schedule instead',
    );
  if (keyName !== '')
    throw new RequestError(
      'CON-R008',
      'A subscription whose messages are sealed cannot be followed; give it a schedule instead',
    );
}

function needed(text: string | undefined, what: string): string {
  if (text === undefined) throw new RequestError('CON-R008', `A new subscription needs a ${what}`);
  return text;
}

function sealed({ vault }: SiteContext, password: string): string {
  return password === '' ? '' : vault.seal(password);
}

// The subscription URL begins with the address of its own site (design.md §7), which tells it without asking what names the server has.
function refuseItself({ publicationUrl, subscriptionUrl }: Pick<Settings, 'publicationUrl' | 'subscriptionUrl'>): void {
  const own = subscriptionUrl.slice(0, subscriptionUrl.lastIndexOf('/'));
  if (own === publicationUrl || subscriptionUrl === publicationUrl)
    throw new RequestError('CON-E005', `${publicationUrl} is the site of the subscription ${subscriptionUrl} itself`);
}

type Parties = 'id' | 'publicationUrl' | 'publication' | 'subscriptionUrl';

/** An object is at one place of a site, and a publisher knows a subscription by its URL alone. */
function refuseSameParties(wanted: Pick<Settings, Parties>, other: Subscription): void {
  // One mailbox serves several publications: the session tells them apart.
  const isShared = schemeOf(wanted.subscriptionUrl) === 'mailto' && wanted.publication !== other.publication;
  if (wanted.subscriptionUrl === other.subscriptionUrl && !isShared)
    throw new RequestError(
      'CON-R006',
      `${wanted.subscriptionUrl} is the subscription URL of “${other.id}” already: each subscription needs one of its own`,
    );
  if (wanted.publicationUrl === other.publicationUrl && wanted.publication === other.publication)
    throw new RequestError(
      'CON-E005',
      `The subscription “${other.id}” takes the publication “${wanted.publication}” to ${other.path} already`,
    );
}

async function refuseOverlap({ store }: SiteContext, wanted: Pick<Settings, Parties>, path: Path): Promise<void> {
  const others = (await store.subscriptions()).filter((other) => other.id !== wanted.id);
  for (const other of others) {
    refuseSameParties(wanted, other);
    // Where it is now: it may have been moved since somebody subscribed.
    const there = await pathOf(store, other.root);
    if (path.every((part, at) => (there[at] ?? part) === part))
      throw new RequestError(
        'CON-E005',
        `${formatPath(path)} overlaps ${formatPath(there)}, which the subscription “${other.id}” fills`,
      );
  }
}

async function add({ store }: SiteContext, settings: Settings): Promise<Subscription> {
  const { seq: subscribedAt } = await store.head();
  return store.addSubscription({ ...settings, token: '', state: { ...newSubscriptionState, subscribedAt } });
}

async function change({ store }: SiteContext, before: Subscription, settings: Settings): Promise<Subscription> {
  await store.update(async ({ seq }) => {
    // Read again: a sync may have stepped since, and its work must not be undone.
    const now = (await store.subscription(before.id)) ?? before;
    const token = tokenAfter(now, settings);
    const isCut = now.token !== token && now.state.session?.heard === undefined;
    const state = stateAfter(now, settings, seq);
    const row: Subscription = { ...now, ...settings, token, state: isCut ? withoutSession(state) : state };
    if (JSON.stringify(row) === JSON.stringify(now)) return { batch: {}, result: undefined };
    const isForgotten = row.state !== now.state && row.state.session === undefined;
    return { batch: { subscriptions: [{ row, ...(isForgotten ? { message: null } : {}) }] }, result: undefined };
  });
  return (await store.subscription(before.id)) ?? before;
}

/** The token belongs to one publisher and one account, which know this subscription by its URL. */
function tokenAfter(before: Subscription, after: Settings): string {
  const parties = ({ publicationUrl, publication, subscriptionUrl, user, password }: Settings) =>
    JSON.stringify([publicationUrl, publication, subscriptionUrl, user, password]);
  return parties(before) === parties(after) ? before.token : '';
}

/** A message that waits for its answer says that it comes with a token: without one it would be refused each time. What it sent is in flight (engine.md §4). */
function withoutSession(state: SubscriptionState): SubscriptionState {
  if (state.session === undefined) return state;
  const inFlightUpTo = Math.max(state.inFlightUpTo, state.session.readAt.seq);
  return { ...state, inFlightUpTo, session: undefined };
}

/**
 * What the engine still remembers after the change: nothing where it is about other objects or another publication, and that all must be compared once where it
 * is about the same objects seen otherwise (engine.md §7). The number of the session stays, because the publisher takes lower ones for late, and so does the first one, without
 * which it would be taken for a copy.
 */
function stateAfter(before: Subscription, after: Settings, now: number): SubscriptionState {
  const { state } = before;
  const isOther = before.root !== after.root || before.publication !== after.publication;
  const { sessionNumber, firstSession } = state;
  if (isOther) return { ...newSubscriptionState, sessionNumber, firstSession, subscribedAt: now };
  const isSeenOtherwise =
    before.query !== after.query || before.mapping !== after.mapping || before.conduit !== after.conduit;
  return isSeenOtherwise ? { ...state, generation: 0 } : state;
}
