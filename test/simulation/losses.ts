import { textConduit } from '../../src/conduits/text.ts';
import type { Gid } from '../../src/objects/gid.ts';
import type { Revision } from '../../src/objects/revision.ts';
import type { Version } from '../../src/objects/version.ts';
import { SharedVersions } from '../../src/use-cases/exchange/shared-versions.ts';
import { withDocument } from '../../src/synchronization/fields.ts';
import { fieldsOf } from './card.ts';
import { conduitIs } from './deeds.ts';
import type { Fields } from './ledger.ts';
import type { Random } from './random.ts';
import type { SimulatedSite } from './site.ts';
import type { Link, World } from './world.ts';

/** The conduit that loses: attributes such as `lang`, and white space. */
const lossy = 'text';

/** What the lossy conduit writes of a document. */
export function written(document: string): string {
  return textConduit.write?.(document) ?? document;
}

/** Some sites get the conduit that loses, at first. */
export async function loseFromTheStart(world: World): Promise<void> {
  const { losses, publishersLose } = world.plan.features;
  for (const [at, { publisher, subscriber }] of world.links.entries()) {
    if (losses && (at === 0 || world.plan.seed % 3 > 0)) await subscriber.subscribe(publisher, { conduit: lossy });
    if (publishersLose && (at === 0 || world.plan.seed % 2 > 0)) await publisher.publish({ conduit: lossy });
  }
}

/** Somebody chooses another conduit for a subscription. */
export async function changeConduit(world: World, random: Random): Promise<void> {
  const { publisher, subscriber } = random.pick(world.links);
  const conduit = random.pick(['object', lossy]);
  await subscriber.subscribe(publisher, { conduit });
  world.occurrences.count(conduitIs(conduit));
  world.trace.note(`${subscriber.label}: uses the conduit ${conduit}`);
}

/** The version of a subscriber as it is for its publisher. */
export async function sharedAt({ subscriber }: Link, gid: Gid): Promise<Version | undefined> {
  const { store, root } = subscriber;
  const subscription = await store.subscription(subscriber.collection.publication);
  const revision = (await store.current([gid])).get(gid);
  if (subscription === undefined || revision === undefined) return undefined;
  const { peer, state } = subscription;
  return new SharedVersions({ store, peer, root, publishersEpoch: state.publisherEpoch, keys: textConduit.keys }).of(
    revision,
  );
}

/**
 * What somebody does to an object is done to all that it has, here and at the sites above, where conduits do not show it; the newest first. At a hub that is what came from above: what came
 * from below has nothing behind it.
 */
export async function fieldsBehind(world: World, site: SimulatedSite, version: Version): Promise<readonly Fields[]> {
  const { losses, publishersLose } = world.plan.features;
  if (!losses && !publishersLose) return [];
  const hidden: Fields[] = [];
  for (let at: SimulatedSite | undefined = site; at !== undefined; at = above(world, at)) {
    const { root, store, collection } = at;
    const history = await store.history(version.gid);
    const peerAbove = (await store.subscription(collection.publication))?.peer;
    const received = history.filter(({ origin }) => origin?.isExact === true);
    const kept = received.find(({ origin }) => origin?.peer === peerAbove) ?? received[0] ?? history[0];
    if (kept !== undefined) hidden.push(...allFieldsOf(kept, root).map(({ lang }) => ({ lang })));
  }
  return hidden;
}

/** A copy takes from where its original does. */
function above({ links, copies }: World, site: SimulatedSite): SimulatedSite | undefined {
  return [...links, ...copies].find(({ subscriber }) => subscriber === site)?.publisher;
}

/** The fields of a revision, and of the publisher's document beside it. */
export function allFieldsOf({ version, shadow }: Revision, root: Gid): readonly Fields[] {
  const own = fieldsOf(version, root);
  return shadow === undefined ? [own] : [own, fieldsOf(withDocument(version, shadow), root)];
}

/** A value that the lossy conduit writes otherwise, of one that it does not. */
export function loosely(value: string): string {
  return `${value} `;
}

/** Whether two texts are the same but for white space. */
export function isSameText(one: string | undefined, other: string | undefined): boolean {
  return one?.trim() === other?.trim();
}
