import { RequestError } from '../../src/errors/concord-error.ts';
import type { Gid } from '../../src/objects/gid.ts';
import type { Revision } from '../../src/objects/revision.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import type { Policy } from '../../src/synchronization/publication.ts';
import { policies } from '../../src/synchronization/publication.ts';
import { actions, modes } from '../../src/synchronization/subscription.ts';
import { removeSubscriber } from '../../src/use-cases/administration/remove-subscriber.ts';
import { collectGarbage } from '../../src/use-cases/administration/collect-garbage.ts';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import { fieldsOf } from './card.ts';
import { noteDecisions, noteSettings, queryIs, rightIs } from './deeds.ts';
import type { Fields } from './ledger.ts';
import { fieldsBehind } from './losses.ts';
import type { Random } from './random.ts';
import type { SimulatedSite } from './site.ts';
import { manager } from './site.ts';
import { queryWithout } from './machine.ts';
import type { Link, World } from './world.ts';
import { markOf, objectsAt } from './world.ts';

const tenYears = 10 * 365.25 * 86_400_000;

/** Somebody settles a conflict, at the publisher or at the subscriber that has a copy of it. */
export async function settle(world: World, random: Random): Promise<void> {
  const open: { readonly site: SimulatedSite; readonly conflict: Conflict }[] = [];
  for (const site of world.sites)
    for (const conflict of await site.store.conflicts({ state: 'open', peers: await peersOf(site) }))
      open.push({ site, conflict });
  if (open.length === 0) return;
  world.clock.at += 1000;
  const { site, conflict } = random.pick(open);
  const isText = conflict.field.includes('text()') || conflict.field.includes('@');
  const settlement =
    isText && random.chance(0.25)
      ? { value: `v${String(world.ledger.nextValue())}.` }
      : { keep: random.pick(['publisher', 'subscriber'] as const) };
  const said = JSON.stringify(settlement);
  const before = (await site.store.current([conflict.gid])).get(conflict.gid);
  const hidden = before === undefined ? [] : await fieldsBehind(world, site, before.version);
  try {
    await resolveConflicts(
      site.context,
      { name: site.name, roles: ['Manager'] },
      { ids: [conflict.id], ...settlement },
    );
  } catch (cause) {
    if (!(cause instanceof RequestError)) throw cause;
    world.trace.note(`${site.label}: may not settle ${conflict.id}: ${cause.code}`);
    return;
  }
  const after = (await site.store.current([conflict.gid])).get(conflict.gid);
  world.trace.note(`${site.label}: settles ${conflict.id} of ${conflict.gid} ${conflict.field}: ${said}`);
  await noteSettlement(world, site, { conflict, before, after, hidden });
}

interface Settlement {
  readonly conflict: Conflict;
  readonly before: Revision | undefined;
  readonly after: Revision | undefined;
  /** What no conduit shows of what was there: whoever settles puts something over that, too, as any edit does. */
  readonly hidden: readonly Fields[];
}

async function noteSettlement(
  world: World,
  site: SimulatedSite,
  { conflict, before, after, hidden }: Settlement,
): Promise<void> {
  if (before === undefined || after === undefined || before.seq === after.seq) return;
  const { gid } = conflict;
  const mark = await markOf(site, gid);
  const [was, is] = [fieldsOf(before.version, site.root), fieldsOf(after.version, site.root)];
  if (after.state !== 'present') world.ledger.deleted(gid, mark, was, ...hidden);
  else if (before.state !== 'present')
    world.ledger.restored(gid, mark, is, await site.store.history(gid, { before: after.seq }));
  else {
    const ids = [conflict.publisher.edit.id, conflict.subscriber.edit.id];
    const over = { values: otherValues(conflict, was), ids };
    world.ledger.changed(gid, mark, { before: was, after: is, over, hidden });
  }
}

/** Whom a site has to do with in this collection. */
async function peersOf({ store, collection: { publication } }: SimulatedSite): Promise<readonly number[]> {
  const subscription = await store.subscription(publication);
  const peers = (await store.subscribers(publication)).map(({ peer }) => peer);
  return subscription === undefined ? peers : [subscription.peer, ...peers];
}

/** Somebody takes a subscriber off a publication; when it syncs the next time, both sides are compared. */
export async function expel(world: World, random: Random): Promise<void> {
  const { publisher, subscriber } = random.pick(world.links);
  const { publication } = publisher.collection;
  const { store } = publisher;
  const { peer = 0 } = (await store.subscriber(publication, subscriber.subscriptionUrl)) ?? {};
  const settled = await store.conflicts({ role: 'publisher', peer });
  try {
    await removeSubscriber(publisher.context, manager, { publication, subscriber: subscriber.subscriptionUrl });
  } catch (cause) {
    if (!(cause instanceof RequestError)) throw cause;
    world.trace.note(`${publisher.label}: may not take ${subscriber.label} off: ${cause.code}`);
    if (cause.code === 'CON-R012') world.occurrences.count('§9 not taken off, because conflicts wait');
    return;
  }
  world.occurrences.count('§9 a subscriber was taken off');
  world.forgotten.push(...settled);
  world.trace.note(`${publisher.label}: takes ${subscriber.label} off`);
}

/** The values that did not stand, as far as they are those of a field of the simulation. */
function otherValues({ subscriber, publisher, field }: Conflict, was: Fields): Fields {
  if (field === 'parent' || field === 'id') return { [field]: subscriber.value };
  const values = [subscriber.value, publisher.value].flatMap((text) => text?.match(/[vs]\d+\./g) ?? []);
  return Object.fromEntries(Object.keys(was).flatMap((name) => values.slice(0, 1).map((value) => [name, value])));
}

/** Somebody changes what a subscription does, or what the publisher decides by. */
export async function changeSettings(world: World, random: Random): Promise<void> {
  const link = random.pick(world.links);
  if (random.chance(0.3)) {
    const policy = (): Policy | undefined => (random.chance(0.4) ? undefined : random.pick(policies));
    const settings = { conflictPolicy: policy(), updatePolicy: random.chance(0.7) ? undefined : policy() };
    await link.publisher.publish(settings);
    noteDecisions(world.occurrences, 'a publication', settings);
    world.trace.note(`${link.publisher.name}: publishes with ${JSON.stringify(settings)}`);
    return;
  }
  const settings = {
    mode: random.chance(0.4) ? ('two-way' as const) : random.pick(modes),
    strategy: random.chance(0.6) ? actions : actions.filter(() => random.chance(0.6)),
    conflictPolicy: random.pick(policies),
    updatePolicy: random.chance(0.7) ? ('ASK' as const) : random.pick(policies),
  };
  await link.subscriber.subscribe(link.publisher, settings);
  noteSettings(world.occurrences, settings);
  world.trace.note(`${nameOf(link)}: ${JSON.stringify(settings)}`);
}

/** Before the last syncs: nothing is withheld any more. */
export async function liftSettings(world: World): Promise<void> {
  for (const link of world.links) {
    const everything = { mode: 'two-way', strategy: actions, updatePolicy: 'ASK' } as const;
    await link.subscriber.subscribe(link.publisher, everything);
    await link.publisher.publish({ updatePolicy: undefined, mayPull: 'everyone', mayPush: 'everyone' });
  }
}

/** The root leaves nothing out any more. */
export async function publishEverything({ links: [root], trace }: World): Promise<void> {
  await root?.publisher.publish({ query: 'objectValues' });
  trace.note(`${root?.publisher.label ?? ''}: publishes everything`);
}

/** The root publishes another part of what it has. */
export async function changeQuery(world: World, random: Random): Promise<void> {
  const [root] = world.links;
  const query = random.chance(0.25) ? 'objectValues' : queryWithout(`s${String(random.below(3))}.`);
  await root?.publisher.publish({ query });
  world.occurrences.count(queryIs(query === 'objectValues'));
  world.trace.note(`${root?.publisher.label ?? ''}: publishes ${query}`);
}

/** Somebody may not push or pull any more, or may again. */
export async function changeRights(world: World, random: Random): Promise<void> {
  const { publisher } = random.pick(world.links);
  const right = (): 'everyone' | readonly string[] => (random.chance(0.5) ? 'everyone' : ['nobody']);
  const settings = { mayPush: right(), mayPull: random.chance(0.7) ? ('everyone' as const) : right() };
  await publisher.publish(settings);
  world.occurrences.count(rightIs('push', settings.mayPush));
  world.occurrences.count(rightIs('pull', settings.mayPull));
  world.trace.note(`${publisher.label}: ${JSON.stringify(settings)}`);
}

/** A clock goes wrong, or is set right. */
export function setClock(world: World, random: Random): void {
  const site = random.pick(world.sites);
  site.clockOffset = random.pick([0, tenYears, -tenYears, -5000]);
  if (Math.abs(site.clockOffset) === tenYears) world.occurrences.count('clock off by ten years');
  world.trace.note(`${site.label}: the clock is off by ${String(site.clockOffset)}`);
}

/** Revisions that nobody needs go. */
export async function collect(world: World, random: Random): Promise<void> {
  const site = random.pick(world.sites);
  const { removed } = await collectGarbage(site.context);
  if (removed > 0) world.occurrences.count('garbage was collected');
  world.trace.note(`${site.label}: collects ${String(removed)}`);
}

/** Objects of one side of a subscription that the other has not: they go when that one replaces it. */
export async function onlyAt(one: SimulatedSite, other: SimulatedSite): Promise<readonly Gid[]> {
  const there = new Set((await objectsAt(other)).map(({ version }) => version.gid));
  return (await objectsAt(one)).map(({ version }) => version.gid).filter((gid) => !there.has(gid));
}

/**
 * A refresh from the subscriber begins at the publisher when its first message comes there, by mail much later than it was asked for: what the publisher has got
 * until then goes, too. To be called whenever something has been handed over.
 */
export async function letGo({ ledger }: World, { publisher, subscriber }: Link): Promise<void> {
  const { publication } = publisher.collection;
  const session = (await subscriber.store.subscription(publication))?.state.session;
  const heard = (await publisher.store.subscriber(publication, subscriber.subscriptionUrl))?.state.lastExchange
    ?.session;
  if (session?.kind === 'refresh-from-subscriber' && session.id !== heard)
    ledger.allowToGo(await onlyAt(publisher, subscriber));
}

export function nameOf({ publisher, subscriber }: Link): string {
  return `${subscriber.label} < ${publisher.label}`;
}
