import { parsePath } from '../../objects/path.ts';
import type { Side } from '../../synchronization/conflict.ts';
import { parseGid, topGid } from '../../objects/gid.ts';
import type { ConflictView } from '../../use-cases/exchange/list-conflicts.ts';
import { canUndo } from '../../use-cases/exchange/undo-settlement.ts';
import { pathOf } from '../../use-cases/objects/read-object.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import { formatPath } from '../../objects/path.ts';
import { objectHref, withQuery } from './addresses.ts';
import { fieldLabel } from './field-label.ts';
import type { MarkedPiece } from './marked-text.ts';
import { markDifference } from './marked-text.ts';
import { toolHref } from './synchronization-frame.ts';
import type { Translate } from './text-catalogue.ts';

/** One of the values of a conflict. */
export interface ShownSide {
  /** Undefined: the field is not there, or the object is deleted. */
  readonly value: string | undefined;
  readonly pieces: readonly MarkedPiece[];
  readonly by: string;
  readonly at: number;
  readonly isNewer: boolean;
}

/** A conflict as the desk shows it. */
export interface ShownConflict {
  readonly id: string;
  readonly version: number;
  readonly href: string;
  readonly path: string;
  /** The subscriber's URL, at the publisher; the subscription, at the subscriber. */
  readonly withWhom: string | undefined;
  readonly objectHref: string | undefined;
  readonly field: string;
  readonly fieldLabel: string;
  /** Where a rule for the field is made. */
  readonly ruleHref: string;
  readonly openedAt: number;
  readonly base: string | undefined;
  readonly publisher: ShownSide;
  readonly subscriber: ShownSide;
  /** What stands instead of the publisher's value that the note names, where the field was edited since. */
  readonly since: { readonly value: string | undefined } | undefined;
  readonly state: 'open' | 'closing' | 'settled';
  readonly canUndo: boolean;
  /** What it was settled under together with others. */
  readonly batch: string | undefined;
  /** How it was settled, where it was here. */
  readonly settlement: { readonly choice: string; readonly by: string; readonly at: number } | undefined;
}

/** Where conflicts are shown. */
export interface ConflictPlace {
  readonly context: SiteContext;
  readonly t: Translate;
  /** What the peers are called. */
  readonly names: ReadonlyMap<PeerNumber, string>;
}

/** What the peers of a site are called on the desk: a subscriber by its URL, a subscription by its id. */
export async function peerNames({ store }: Pick<SiteContext, 'store'>): Promise<ReadonlyMap<PeerNumber, string>> {
  const names = new Map((await store.subscriptions()).map(({ peer, id }) => [peer, id]));
  for (const { id } of await store.publications())
    for (const { peer, url } of await store.subscribers(id)) names.set(peer, url);
  return names;
}

/** What the desk shows of a conflict. */
export async function shownConflict(
  { context, t, names }: ConflictPlace,
  conflict: ConflictView,
): Promise<ShownConflict> {
  const { id, listedAt, path, field, base, publisher, subscriber, stands, state, settlement } = conflict;
  const isGone = parsePath(path).length === 0;
  const read = async (value: string | undefined): Promise<string | undefined> =>
    field === 'parent'
      ? pathOfParent(context, value)
      : field === 'existence' && value !== undefined
        ? t('conflicts.there')
        : value;
  const [was, ours, theirs] = [await read(base), await read(publisher.value), await read(subscriber.value)];
  const isOursNewer = publisher.edit.at >= subscriber.edit.at;
  return {
    id,
    version: listedAt,
    path: isGone ? t('conflicts.gone') : path,
    href: toolHref(context.site, 'conflicts', id),
    withWhom: names.get(conflict.peer),
    objectHref: isGone ? undefined : objectHref(context.site, parsePath(path), 'manage_view'),
    field,
    fieldLabel: fieldLabel(t, field),
    ruleHref: withQuery(toolHref(context.site, 'rules'), { field }),
    openedAt: conflict.openedAt,
    base: was,
    publisher: side(publisher, { value: ours, base: was, isNewer: isOursNewer }),
    subscriber: side(subscriber, { value: theirs, base: was, isNewer: !isOursNewer }),
    since: state === 'open' && stands !== publisher.value ? { value: await read(stands) } : undefined,
    state,
    canUndo: await canUndo(context, conflict),
    batch: settlement?.batch,
    settlement: settlement && {
      choice: t(`conflicts.choice.${settlement.choice}`),
      by: settlement.rule === undefined ? settlement.by : t('conflicts.byRule', { by: settlement.by }),
      at: settlement.at,
    },
  };
}

function side(
  { edit }: Side,
  {
    value,
    base,
    isNewer,
  }: { readonly value: string | undefined; readonly base: string | undefined; readonly isNewer: boolean },
): ShownSide {
  const pieces = value === undefined ? [] : markDifference(value, base ?? '');
  return { value, pieces, by: edit.by, at: edit.at, isNewer };
}

/** People know a folder by its path, not by its gid. */
async function pathOfParent({ store }: SiteContext, value: string | undefined): Promise<string | undefined> {
  const gid = value === undefined ? undefined : value === topGid ? topGid : parseGid(value);
  return gid === undefined ? value : formatPath(await pathOf(store, gid));
}
