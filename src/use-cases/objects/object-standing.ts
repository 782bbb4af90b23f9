import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { PeerNumber, Revision } from '../../objects/revision.ts';
import { presentVersion } from '../../objects/revision.ts';
import { standingReasons } from '../../synchronization/exception.ts';
import type { Exception, WithheldBy } from '../../synchronization/exception.ts';
import { ConcordError } from '../../errors/concord-error.ts';
import type { Query } from '../../objects/query.ts';
import { isEveryone } from '../../objects/query.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { Version } from '../../objects/version.ts';
import { isPublished } from '../exchange/held-by-peer.ts';
import { LeftOutAbove } from '../exchange/left-out-above.ts';
import type { SiteContext } from '../site-context.ts';

/** A peer whose publication or subscription covers a folder. */
export type CoveringPeer =
  | { readonly kind: 'subscriber'; readonly publication: Publication; readonly subscriber: Subscriber }
  | { readonly kind: 'subscription'; readonly subscription: Subscription };

/** What covers the objects of a folder: publications, with and without subscribers, and the subscriptions that fill it. */
export interface Coverage {
  readonly publications: readonly Publication[];
  readonly peers: readonly CoveringPeer[];
}

/**
 * How an object stands towards a peer. `agreed`: as far as this site knows both hold the same; `to-send`: it changed here since, and goes with the next sync;
 * `never`: there was no sync yet; `left-out`: the publication's query leaves it out, or what it stands below; the others are why it does not go by itself.
 */
export type Standing =
  | { readonly state: 'agreed' | 'to-send' | 'never' | 'left-out' | 'waits' | 'not-taken' | 'elsewhere' }
  | { readonly state: 'conflict'; readonly conflicts: number }
  | { readonly state: 'withheld'; readonly by: WithheldBy }
  | { readonly state: 'refused'; readonly code: number };

/** What covers the objects directly below a folder (`topGid`: at the top of the site). */
export async function coverageBelow({ store }: Pick<SiteContext, 'store'>, folder: Gid): Promise<Coverage> {
  const roots = new Set<Gid>([topGid]);
  for (let at = folder; at !== topGid && !roots.has(at);) {
    roots.add(at);
    at = (await store.current([at])).get(at)?.version.parent ?? topGid;
  }
  const publications = (await store.publications()).filter(({ root }) => roots.has(root));
  const peers: CoveringPeer[] = [];
  for (const publication of publications) {
    for (const subscriber of await store.subscribers(publication.id))
      peers.push({ kind: 'subscriber', publication, subscriber });
  }
  for (const subscription of await store.subscriptions())
    if (roots.has(subscription.root)) peers.push({ kind: 'subscription', subscription });
  return { publications, peers };
}

/** What is published from a folder itself, and what fills it: the objects below it are covered, it is not. */
export interface Rooted {
  readonly publications: readonly Publication[];
  readonly subscriptions: readonly Subscription[];
}

/** The publications and subscriptions of which this object is the folder. */
export async function rootedAt({ store }: Pick<SiteContext, 'store'>, gid: Gid): Promise<Rooted> {
  return {
    publications: (await store.publications()).filter(({ root }) => root === gid),
    subscriptions: (await store.subscriptions()).filter(({ root }) => root === gid),
  };
}

/** What reads a site's objects, and a publication's query. */
export interface StandingContext extends Pick<SiteContext, 'store'> {
  /** The query that a text means. */
  readonly query: (text: string) => Query;
}

/** How each of these objects, which stand below the same folder, stands towards each peer, in the order of the peers. Costs what the objects cost, not what the peers hold. */
export async function standingsOf(
  context: StandingContext,
  peers: readonly CoveringPeer[],
  revisions: readonly Revision[],
): Promise<ReadonlyMap<Gid, readonly Standing[]>> {
  const { store } = context;
  const gids = revisions.map(({ version }) => version.gid);
  const conflicts =
    peers.length === 0 ? new Map<Gid, ReadonlyMap<PeerNumber, number>>() : await openConflicts(store, gids);
  const standings = new Map<Gid, Standing[]>(gids.map((gid) => [gid, []]));
  for (const peer of peers) {
    const number = numberOf(peer);
    const exceptions = await store.exceptions(number, { gids });
    const published = { peer, isPublished: publishedTo(context, peer) };
    for (const revision of revisions) {
      const { gid } = revision.version;
      const open = conflicts.get(gid)?.get(number) ?? 0;
      const isLeftOut = open === 0 && (await isLeftOutBy(context, published, revision));
      standings.get(gid)?.push(standing(peer, revision, { open, exception: exceptions.get(gid), isLeftOut }));
    }
  }
  return standings;
}

/** The number of the peer's row. */
function numberOf(peer: CoveringPeer): PeerNumber {
  return peer.kind === 'subscription' ? peer.subscription.peer : peer.subscriber.peer;
}

async function openConflicts(
  store: SiteContext['store'],
  gids: readonly Gid[],
): Promise<Map<Gid, ReadonlyMap<PeerNumber, number>>> {
  const found = new Map<Gid, ReadonlyMap<PeerNumber, number>>();
  for (const gid of gids) {
    const counts = new Map<PeerNumber, number>();
    for (const { peer } of await store.conflicts({ state: 'open', gid, limit: 100 }))
      counts.set(peer, (counts.get(peer) ?? 0) + 1);
    if (counts.size > 0) found.set(gid, counts);
  }
  return found;
}

function standing(
  peer: CoveringPeer,
  revision: Revision,
  {
    open,
    exception,
    isLeftOut,
  }: {
    readonly open: number;
    readonly exception: Exception | undefined;
    readonly isLeftOut: boolean;
  },
): Standing {
  if (open > 0) return { state: 'conflict', conflicts: open };
  if (exception !== undefined && standingReasons.some((reason) => reason === exception.reason))
    return standingException(exception);
  if (isLeftOut) return { state: 'left-out' };
  const { lastSyncAt } = peer.kind === 'subscription' ? peer.subscription.state : peer.subscriber.state;
  if (lastSyncAt === undefined) return { state: 'never' };
  if (isKnownTo(peer, revision)) return { state: 'agreed' };
  if (peer.kind === 'subscription' && peer.subscription.terms.mode === 'pull') return { state: 'withheld', by: 'mode' };
  if (peer.kind === 'subscriber' && peer.subscriber.terms.mode === 'push') return { state: 'withheld', by: 'mode' };
  return { state: 'to-send' };
}

/** What a publication's query publishes; undefined where no query leaves anything out. */
type Published = (version: Version, at: number) => Promise<boolean>;

function publishedTo({ store, query }: StandingContext, peer: CoveringPeer): Published | undefined {
  if (peer.kind !== 'subscriber' || isEveryone(peer.publication.query)) return undefined;
  const { collection, root, query: text } = peer.publication;
  // Only here: a query that is wrong throws when it is read.
  const isMember = (version: Version): boolean => query(text).isMember(version);
  const leftOutAbove = new LeftOutAbove({ store, collection, root, isMember });
  return (version, at) => isPublished({ isMember, leftOutAbove }, version, at);
}

/** The publication's query leaves the object, or something above it, out, and the subscriber does not hold it from before. A query that fails says nothing. */
async function isLeftOutBy(
  { store }: StandingContext,
  { peer, isPublished: isIn }: { readonly peer: CoveringPeer; readonly isPublished: Published | undefined },
  { version }: Revision,
): Promise<boolean> {
  if (peer.kind !== 'subscriber' || isIn === undefined) return false;
  const agreedAt = peer.subscriber.state.checkpoints.at(-1)?.publisher.seq ?? 0;
  try {
    if (await isIn(version, Number.MAX_SAFE_INTEGER)) return false;
    const before = presentVersion(await store.revisionAt(version.gid, agreedAt));
    return before === undefined || !(await isIn(before, agreedAt));
  } catch (error) {
    if (error instanceof ConcordError && error.retry === 'never') return false;
    throw error;
  }
}

function standingException(exception: Exception): Standing {
  switch (exception.reason) {
    case 'withheld':
      return { state: 'withheld', by: exception.by };
    case 'refused':
      return { state: 'refused', code: exception.code };
    case 'waits':
    case 'not-taken':
    case 'elsewhere':
      return { state: exception.reason };
    case 'received':
    case 'held':
    case 'with-parent':
    case 'wanted':
      return { state: 'to-send' };
    default:
      return exception satisfies never;
  }
}

function isKnownTo(peer: CoveringPeer, { seq, origin }: Revision): boolean {
  if (origin?.peer === numberOf(peer) && origin.isExact) return true;
  if (peer.kind === 'subscription') return seq <= peer.subscription.state.sentUpTo;
  return seq <= (peer.subscriber.state.checkpoints.at(-1)?.publisher.seq ?? 0);
}
