import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import { formatPath } from '../../objects/path.ts';
import type { CoveringPeer, Rooted, Standing } from '../../use-cases/objects/object-standing.ts';
import { standingsOf } from '../../use-cases/objects/object-standing.ts';
import { siteHref } from './addresses.ts';
import { headOfDocument } from './document-fields.ts';
import { loadObject, nameOf, objectPage } from './object-frame.ts';
import type { PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { StateBadge } from './sync-state.ts';
import { standingContext, stateBadge } from './sync-state.ts';
import type { FieldConflict } from './view-page.ts';
import { conflictView } from './view-page.ts';

/** How the object stands towards one peer. */
export interface PeerRow {
  readonly kind: CoveringPeer['kind'];
  /** The publication or subscription. */
  readonly id: string;
  /** The other side's address. */
  readonly url: string;
  readonly href: string;
  /** What a form to ask for a sync is sent to: at subscriptions. */
  readonly syncHref: string | undefined;
  readonly lastSyncAt: number | undefined;
  readonly state: StateBadge;
}

/** A publication that offers what is below the object, or a subscription that fills it. */
export interface RootedRow extends Pick<PeerRow, 'kind' | 'id' | 'href' | 'syncHref' | 'lastSyncAt'> {
  /** Of a subscription: where its objects come from. */
  readonly url: string | undefined;
}

/** What the tab shows. */
export interface SynchronizeView {
  readonly path: string;
  readonly peers: readonly PeerRow[];
  /** The publications and subscriptions of which the object is the folder. */
  readonly rooted: readonly RootedRow[];
  /** Publications that cover the object and have no subscriber yet. */
  readonly lonely: readonly { readonly id: string; readonly href: string }[];
  readonly conflicts: readonly FieldConflict[];
}

/** How an object stands towards each peer, and why something does not go. */
export const synchronizePages: readonly SitePage[] = [
  definePage({
    template: '/{path}/manage_synchronize',
    roles: ['Publisher', 'Member'],
    query: z.object({}),
    show: showStandings,
  }),
];

async function showStandings(call: PageCall<unknown>): Promise<PageResult> {
  const { context, path, t } = call;
  const { site, store } = context;
  const { version, coverage, rooted, isCovered, conflicts } = await loadObject(call);
  if (!isCovered) throw new RequestError('CON-W001', 'No publication and no subscription covers this object');
  const revision = (await store.current([version.gid])).get(version.gid);
  const standings =
    revision === undefined
      ? []
      : ((await standingsOf(standingContext(call), coverage.peers, [revision])).get(version.gid) ?? []);
  const open = conflicts === 0 ? [] : await store.conflicts({ state: 'open', gid: version.gid, limit: 100 });
  const view: SynchronizeView = {
    path: formatPath(path),
    peers: coverage.peers.map((peer, at) => rowOf(call, peer, standings[at] ?? { state: 'never' })),
    rooted: rootedRows(site, rooted),
    lonely: coverage.publications
      .filter(({ id }) => !coverage.peers.some((peer) => peer.kind === 'subscriber' && peer.publication.id === id))
      .map(({ id }) => ({ id, href: siteHref(site, ['portal_synchronizations', 'publications', id]) })),
    conflicts: open.map((conflict) => conflictView(call, conflict)),
  };
  const title = headOfDocument(version.document).title ?? nameOf(call);
  return objectPage(call, {
    template: 'synchronize',
    tab: 'manage_synchronize',
    title: t('synchronize.title', { name: title }),
    view,
    isCovered,
    conflicts,
  });
}

function rootedRows(site: string, { publications, subscriptions }: Rooted): readonly RootedRow[] {
  return [
    ...subscriptions.map(({ id, publicationUrl, state: { lastSyncAt } }): RootedRow => {
      const href = siteHref(site, ['portal_synchronizations', 'subscriptions', id]);
      return { kind: 'subscription', id, href, syncHref: `${href}/sync`, lastSyncAt, url: publicationUrl };
    }),
    ...publications.map(({ id }): RootedRow => {
      const href = siteHref(site, ['portal_synchronizations', 'publications', id]);
      return { kind: 'subscriber', id, href, syncHref: undefined, lastSyncAt: undefined, url: undefined };
    }),
  ];
}

function rowOf({ context, t }: PageCall<unknown>, peer: CoveringPeer, standing: Standing): PeerRow {
  const state = stateBadge(t, standing);
  if (peer.kind === 'subscription') {
    const { id, publicationUrl } = peer.subscription;
    const href = siteHref(context.site, ['portal_synchronizations', 'subscriptions', id]);
    const { lastSyncAt } = peer.subscription.state;
    return { kind: peer.kind, id, url: publicationUrl, href, syncHref: `${href}/sync`, lastSyncAt, state };
  }
  const { publication, subscriber } = peer;
  const href = siteHref(context.site, ['portal_synchronizations', 'publications', publication.id]);
  const { lastSyncAt } = subscriber.state;
  return { kind: peer.kind, id: publication.id, url: subscriber.url, href, syncHref: undefined, lastSyncAt, state };
}
