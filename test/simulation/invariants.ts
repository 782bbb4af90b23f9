import type { Gid } from '../../src/objects/gid.ts';
import { parseGid } from '../../src/objects/gid.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import type { Exception } from '../../src/synchronization/exception.ts';
import { standingReasons } from '../../src/synchronization/exception.ts';
import type { Subscriber } from '../../src/synchronization/subscriber.ts';
import type { Subscription } from '../../src/synchronization/subscription.ts';
import { fieldsOf } from './card.ts';
import type { Fields } from './ledger.ts';
import { isInHistory } from './disks.ts';
import { givenUp, rootsOf } from './names.ts';
import { Broken } from './faulty-network.ts';
import { sharedAt, written } from './losses.ts';
import type { Link, Placed, World } from './world.ts';
import { objectsAt } from './world.ts';
import type { SimulatedSite } from './site.ts';

/** What is wrong when nothing moves any more: each line names a promise that was broken. */
export async function faultsAtRest(world: World): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const link of world.links) faults.push(...(await differencesOf(link, pathOf)), ...(await leftOvers(link)));
  for (const link of world.links) faults.push(...(await listDifferences(link, world.plan.features.expels)));
  for (const site of world.sites) faults.push(...(await unsound(site)));
  return [...faults, ...(await lostEdits(world))];
}

/**
 * The same before settings are lifted: the sides may differ in what is withheld, and in nothing else. Names are not looked at: what gives one free may be
 * withheld.
 */
export async function faultsWhileWithheld(world: World): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const link of world.links) {
    const withheld = new Set<Gid>();
    for (const exceptions of await exceptionsOf(link))
      for (const [gid, { reason }] of exceptions) if (isShown(reason)) withheld.add(gid);
    faults.push(...(await differencesOf(link, parentOf, withheld)));
  }
  return faults;
}

/** Whether somebody is shown the object with its reason: without one nothing may differ. */
function isShown(reason: Exception['reason']): boolean {
  return standingReasons.some((one) => one === reason);
}

async function lostEdits(world: World): Promise<readonly string[]> {
  const roots = rootsOf(world);
  const objects = new Map<Gid, Fields>();
  const leftOut = new Set<Gid>();
  for (const root of roots) {
    const all = await objectsAt(root);
    for (const { version } of all) objects.set(version.gid, fieldsOf(version, root.root));
    const published = new Set(publishedOf(all, await membersOf(root)));
    for (const placed of all) if (!published.has(placed)) leftOut.add(placed.version.gid);
  }
  const conflicts: Conflict[] = [...world.forgotten];
  for (const site of world.sites) conflicts.push(...(await site.store.conflicts({ role: 'publisher' })));
  world.ledger.rename(await givenUp(world));
  const nowCalled = (gid: Gid): Gid => world.ledger.called(gid);
  const { settings, refreshes, rights, publishersLose } = world.plan.features;
  const mayBeOverruled = settings || refreshes || rights || publishersLose;
  return world.ledger.faults({
    objects,
    leftOut,
    conflicts: conflicts.map((conflict) => calledAs(conflict, nowCalled)),
    isInHistory: mayBeOverruled ? await isInHistory(world, nowCalled) : () => false,
  });
}

/** A conflict with the gids that objects have now, as who settles it gets them. */
function calledAs(conflict: Conflict, nowCalled: (gid: Gid) => Gid): Conflict {
  const { gid, field, publisher, subscriber } = conflict;
  const side = ({ value, edit }: Conflict['publisher']): Conflict['publisher'] => {
    const parent = field === 'parent' ? parseGid(value ?? '') : undefined;
    return { value: parent === undefined ? value : nowCalled(parent), edit };
  };
  return { ...conflict, gid: nowCalled(gid), publisher: side(publisher), subscriber: side(subscriber) };
}

/** Where an object stands at a site, as it is to be the same at the other. */
type PlaceOf = (placed: Placed, site: SimulatedSite) => string;

const pathOf: PlaceOf = ({ path }, { collection }) => path.slice(collection.path.length);
const parentOf: PlaceOf = ({ version: { parent } }, { root }) => (parent === root ? '' : parent);

/** What each side has of the objects, but for those that are withheld. */
async function differencesOf(
  link: Link,
  placeOf: PlaceOf,
  withheld: ReadonlySet<Gid> = new Set(),
): Promise<readonly string[]> {
  const { publisher, subscriber } = link;
  const above = await contentsOf(publisher, placeOf, { isMember: await membersOf(publisher) });
  const below = await contentsOf(subscriber, placeOf, { link });
  const gids = new Set([...above.keys(), ...below.keys()]);
  return [...gids]
    .filter((gid) => above.get(gid) !== below.get(gid) && !withheld.has(gid))
    .map(
      (gid) =>
        `${gid} differs: ${publisher.name} has ${above.get(gid) ?? 'nothing'}, ${subscriber.name} has ${below.get(gid) ?? 'nothing'}`,
    );
}

async function contentsOf(
  site: SimulatedSite,
  placeOf: PlaceOf,
  { isMember = () => true, link }: { readonly isMember?: (document: string) => boolean; readonly link?: Link },
): Promise<ReadonlyMap<Gid, string>> {
  const objects = link === undefined ? await objectsAt(site) : await sharedObjects(link);
  return new Map(
    publishedOf(objects, isMember).map((placed) => [
      placed.version.gid,
      `${placeOf(placed, site)} ${placed.version.document}`,
    ]),
  );
}

/** What stands below an object that is left out is left out with it. */
function publishedOf(objects: readonly Placed[], isMember: (document: string) => boolean): readonly Placed[] {
  const leftOut = objects.filter(({ version }) => !isMember(version.document)).map(({ path }) => `${path}/`);
  return objects.filter(({ path }) => !leftOut.some((above) => `${path}/`.startsWith(above)));
}

/** What a subscriber has, as it is for its publisher; where a conduit has lost nothing, that is the same. */
async function sharedObjects(link: Link): Promise<readonly Placed[]> {
  const shared: Placed[] = [];
  for (const { path, version } of await objectsAt(link.subscriber)) {
    const theirs = (await sharedAt(link, version.gid)) ?? version;
    if (written(theirs.document) !== written(version.document))
      throw new Broken(`${version.gid} is not equivalent: ${version.document} and ${theirs.document}`);
    shared.push({ path, version: { ...version, document: theirs.document } });
  }
  return shared;
}

async function membersOf({ store, services, collection }: SimulatedSite): Promise<(document: string) => boolean> {
  const published = await store.publication(collection.publication);
  const value = /"([^"]*)"/.exec(services.query(published?.query ?? '').text)?.[1];
  return (document) => value === undefined || !document.includes(`<title type="string">${value}</title>`);
}

async function rowsOf({
  publisher,
  subscriber,
}: Link): Promise<readonly [Subscriber | undefined, Subscription | undefined]> {
  const { publication } = publisher.collection;
  const row = await publisher.store.subscriber(publication, subscriber.subscriptionUrl);
  return [row, await subscriber.store.subscription(publication)];
}

async function peersOf({ publisher, subscriber }: Link): Promise<readonly [above: number, below: number]> {
  const [row, subscription] = await rowsOf({ publisher, subscriber });
  return [row?.peer ?? 0, subscription?.peer ?? 0];
}

/** What each side notes of objects of which the other has something else; the publisher first. */
export async function exceptionsOf(link: Link): Promise<readonly ReadonlyMap<Gid, Exception>[]> {
  const [above, below] = await peersOf(link);
  return [await link.publisher.store.exceptions(above), await link.subscriber.store.exceptions(below)];
}

async function leftOvers(link: Link): Promise<readonly string[]> {
  const faults: string[] = [];
  const { publisher, subscriber } = link;
  for (const [at, exceptions] of (await exceptionsOf(link)).entries())
    for (const [gid, exception] of exceptions)
      faults.push(`${[publisher.name, subscriber.name][at] ?? ''} still has an exception: ${gid} ${exception.reason}`);
  const [row, subscription] = await rowsOf(link);
  if (subscription?.state.session !== undefined) faults.push(`${subscriber.name} has an open session`);
  if (row?.state.session !== undefined) faults.push(`${publisher.name} has an open session`);
  return faults;
}

/** A subscriber's list of conflicts is the publisher's of its edits. Of one that was taken off the publisher forgets what was settled, and nothing else. */
async function listDifferences(link: Link, wasTakenOff: boolean): Promise<readonly string[]> {
  const { publisher, subscriber } = link;
  const [above, below] = await peersOf(link);
  const lineOf = ({ id, gid, field, state }: Conflict) => `${id} ${gid} ${field} ${state}`;
  const ours = (await publisher.store.conflicts({ role: 'publisher', peer: above })).map(lineOf).sort();
  const all = (await subscriber.store.conflicts({ role: 'subscriber', peer: below })).map(lineOf).sort();
  const theirs = wasTakenOff ? all.filter((line) => ours.includes(line) || !line.endsWith(' settled')) : all;
  return ours.join() === theirs.join()
    ? []
    : [`conflicts at ${publisher.name}: ${ours.join('; ')} — at ${subscriber.name}: ${theirs.join('; ')}`];
}

/** Everything that is there stands below the root, once, under a name of its own. */
async function unsound(site: SimulatedSite): Promise<readonly string[]> {
  const { store } = site;
  const objects = await objectsAt(site);
  const faults: string[] = [];
  const paths = new Set<string>();
  for (const { path } of objects) {
    if (paths.has(path)) faults.push(`two objects at ${site.name}${path}`);
    paths.add(path);
  }
  const collection = (await store.collections()).find(({ root }) => root === site.root);
  if (collection === undefined) return faults;
  const head = await store.head();
  const members = await store.countChanges({ collection: collection.number, after: 0, upTo: head.seq }, 'present');
  if (members !== objects.length)
    faults.push(`${site.name} has ${String(members)} objects in the collection, ${String(objects.length)} in the tree`);
  return faults;
}
