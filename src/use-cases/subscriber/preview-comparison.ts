import { conduitNamed } from '../../conduits/conduit.ts';
import { ProtocolError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import { formatPath } from '../../objects/path.ts';
import type { Path } from '../../objects/path.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Listed, ListedDifference, OwnObject, PublishersList } from '../../synchronization/compare-lists.ts';
import { compareLists } from '../../synchronization/compare-lists.ts';
import { nameOfPlan } from '../../synchronization/plan.ts';
import type { SessionKind, SubscriberSession } from '../../synchronization/subscription.ts';
import { nothingOpen, readSync } from '../../synchronization/wire/read-commands.ts';
import { differences } from '../exchange/differences.ts';
import { agreedOn } from '../exchange/held-by-peer.ts';
import { pathOf } from '../objects/read-object.ts';
import type { PlannedChange, SyncPlan } from './sync-plan.ts';
import type { Asked, Asking } from './ask-preview.ts';
import { askPreview } from './ask-preview.ts';
import { Leftovers } from './leftovers.ts';
import { subscriberOutlook } from './subscriber-outlook.ts';

/** What a comparison or refresh would do, object by object, told by the lists of both sides (list-members.ts at the publisher). Throws as `previewSync` does. */
export async function previewComparison(asking: Asking, kind: Exclude<SessionKind, 'changes'>): Promise<SyncPlan> {
  const { subscription } = asking;
  const first = await askPreview(asking, { kind });
  const present = new Map<Gid, Listed>();
  const deleted = new Set<Gid>();
  let part = first;
  for (;;) {
    const after = takeList(part, { present, deleted });
    if (part.message.isFinal) break;
    if (after === 0) throw new ProtocolError('CON-S002', 'The publisher does not say what it has');
    part = await askPreview(asking, { kind, listAfter: after, plannedAt: first.hello.position });
  }
  const { hello, session } = first;
  const hasOnlyGrown = subscription.state.checkpoints.at(-1)?.publisher.epoch === hello.position.epoch;
  const theirs: PublishersList = { present, deleted, hasOnlyGrown };
  const mine = await ownObjects(asking, { ...session, mayPush: hello.mayPush, publisherReadAt: hello.position });
  const found = compareLists(kind, mine, theirs);
  const describe = await describer(asking, { present, session: { ...session, mayPush: hello.mayPush } });
  const planned: { readonly direction: 'send' | 'receive'; readonly change: PlannedChange }[] = [];
  for (const difference of found) planned.push({ direction: difference.direction, change: await describe(difference) });
  const of = (direction: 'send' | 'receive'): readonly PlannedChange[] =>
    planned
      .filter((one) => one.direction === direction)
      .map(({ change }) => change)
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return {
    kind,
    send: of('send'),
    receive: of('receive'),
    isComplete: hello.mayPull,
    members: { publisher: hello.members, subscriber: mine.filter(({ listed }) => listed !== undefined).length },
    name: nameOfPlan({ subscriber: session.readAt, publisher: hello.position }),
  };
}

/** Adds what a message lists; returns the publisher's position up to which it does. */
function takeList(
  { message, hello }: Asked,
  { present, deleted }: { readonly present: Map<Gid, Listed>; readonly deleted: Set<Gid> },
): number {
  let upTo = 0;
  for (const change of readSync(message, hello.position.epoch, nothingOpen).commands.flatMap((one) => one.changes)) {
    upTo = Math.max(upTo, change.number);
    if (change.kind === 'have') present.set(change.gid, change.claim);
    if (change.kind === 'delete') deleted.add(change.gid);
  }
  return upTo;
}

async function ownObjects(
  { context, subscription, control }: Asking,
  session: SubscriberSession,
): Promise<readonly OwnObject[]> {
  const { store } = context;
  const query = control.services.query(subscription.query);
  const conduit = conduitNamed(subscription.conduit);
  const outlook = subscriberOutlook(context, subscription, { session, query });
  const ordinary = subscriberOutlook(context, subscription, { session: { ...session, kind: 'changes' }, query });
  const { lastAnchor, scannedUpTo } = subscription.state;
  const publisherEpoch = session.publisherReadAt?.epoch ?? '';
  const leftovers = new Leftovers({ store, subscription, publisherEpoch });
  const own: OwnObject[] = [];
  for await (const finding of differences({ ...outlook, withheldBy: () => undefined }, { stage: 'start' })) {
    if (finding.kind !== 'difference') continue;
    const { gid, version, state, number, exception, hasLeft } = finding.difference;
    const isUntouched = state === 'present' && lastAnchor !== '' && number <= scannedUpTo && exception === undefined;
    const result = digestOfVersion(version);
    const shadow = isUntouched ? undefined : await leftovers.shadow(gid);
    const agreed = isUntouched
      ? result
      : hasLeft === true
        ? undefined
        : ((await agreedOn(ordinary, gid)).base?.digest ?? (shadow && digestOfVersion(shadow)));
    const { documentDigest, parent, id, type } = version;
    const listed = { result, documentDigest, parent, id, type, key: conduit.keyOf?.(version) };
    own.push({ gid, listed: state === 'present' ? listed : undefined, agreed, isUntouched });
  }
  return own;
}

/** Says of a difference where its object is, and whether it would be kept back. */
async function describer(
  { context, subscription, control }: Asking,
  { present, session }: { readonly present: ReadonlyMap<Gid, Listed>; readonly session: SubscriberSession },
): Promise<(difference: ListedDifference) => Promise<PlannedChange>> {
  const { store } = context;
  const { mode, strategy } = subscription.terms;
  const query = control.services.query(subscription.query);
  const outlook = subscriberOutlook(context, subscription, { session, query });
  const top = await pathOf(store, subscription.root);
  const pathThere = (gid: Gid, seen: ReadonlySet<Gid> = new Set()): Path => {
    const listed = present.get(gid);
    if (gid === topGid || listed === undefined || seen.has(gid)) return top;
    return [...pathThere(listed.parent, new Set([...seen, gid])), listed.id];
  };
  return async ({ gid, direction, action, outcome }) => {
    const isHere = (await store.current([gid])).get(gid)?.state === 'present';
    const isKept =
      direction === 'send' ? outlook.withheldBy(action) !== undefined : mode === 'push' || !strategy.includes(action);
    return {
      gid,
      path: formatPath(isHere || !present.has(gid) ? await pathOf(store, gid) : pathThere(gid)),
      action,
      fields: [],
      outcome: isKept ? 'withheld' : outcome,
    };
  };
}
