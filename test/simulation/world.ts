import type { Gid } from '../../src/objects/gid.ts';
import type { OutgoingMessage } from '../../src/ports/transport.ts';
import type { XmlLimits } from '../../src/xml/limits.ts';
import type { Batch } from '../../src/ports/site-store.ts';
import type { Version } from '../../src/objects/version.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import { cardOf } from './card.ts';
import { fillWithQuiet } from './cost.ts';
import type { OpenDisk } from './disk.ts';
import { openMemoryDisk } from './disk.ts';
import { Ledger } from './ledger.ts';
import { loseFromTheStart } from './losses.ts';
import { noteBatch } from './observed-rules.ts';
import { makeRoomForStrays, narrowLimits } from './obstacles.ts';
import { Occurrences } from './occurrences.ts';
import type { Plan } from './plan.ts';
import { Random, SeededIdentifiers } from './random.ts';
import { fieldsOf } from './card.ts';
import type { Carried } from './carriers.ts';
import { Boxes } from './carriers.ts';
import { Machine, WorldClock } from './machine.ts';
import { keyringOf } from './seals.ts';
import type { Collection } from './site.ts';
import { firstCollection, secondCollection, SimulatedSite } from './site.ts';
import { Trace } from './trace.ts';

/** A subscription: `subscriber` takes what `publisher` offers. */
export interface Link {
  readonly publisher: SimulatedSite;
  readonly subscriber: SimulatedSite;
}

/** Everything of one history: the sites, the network between them, what people did, and what is known of it. */
export interface World {
  readonly plan: Plan;
  readonly clock: WorldClock;
  readonly sites: SimulatedSite[];
  readonly links: Link[];
  /** Installations that are copies of others, each with the link of its original. */
  readonly copies: Link[];
  readonly ledger: Ledger;
  /** Settled, and gone from their publisher with the subscriber that was taken off. */
  readonly forgotten: Conflict[];
  readonly trace: Trace;
  readonly occurrences: Occurrences;
  readonly carried: Carried;
  /** What sites take of documents, where that is not what all take. */
  readonly limits: Map<string, XmlLimits>;
  readonly network: {
    /** All messages that ever arrived, for those that come a second time. */
    readonly old: OutgoingMessage[];
    /** Those that have not arrived yet, and nobody waits for any more. */
    readonly delayed: OutgoingMessage[];
  };
}

/** Sets the sites up, published and subscribed; with nothing in them, but where they have objects before they meet. */
export async function buildWorld(plan: Plan, keepsTrace: boolean, openDisk: OpenDisk = openMemoryDisk): Promise<World> {
  const { seed, features } = plan;
  const occurrences = new Occurrences();
  const names = [...new Set(features.links.flat())];
  const collections = features.several ? [firstCollection, secondCollection] : [firstCollection];
  const publications = collections.map(({ publication }) => publication);
  const limits = new Map<string, XmlLimits>();
  if (features.narrow) limits.set(names[seed % names.length] ?? '', narrowLimits);
  const surroundings = {
    limits,
    clock: new WorldClock(),
    identifiers: new SeededIdentifiers(seed),
    openDisk,
    maxMessageOctets: features.maxMessageOctets,
    hasBrake: features.brake,
    keyringOf: features.seals ? (site: string) => keyringOf(site, publications, names) : undefined,
    onCommit: (batch: Batch) => noteBatch(batch, occurrences),
  };
  const way = features.mail ? 'mail' : features.folder ? 'folder' : 'http';
  const sites: SimulatedSite[] = [];
  const machines: Machine[] = [];
  for (const name of names) machines.push(await Machine.start(name, surroundings));
  for (const collection of collections)
    for (const machine of machines) {
      const site = new SimulatedSite(machine, way, collection);
      await site.makeRepository();
      sites.push(site);
    }
  const world: World = {
    plan,
    clock: surroundings.clock,
    sites,
    links: [],
    copies: [],
    ledger: new Ledger(),
    forgotten: [],
    trace: new Trace(keepsTrace),
    occurrences,
    carried: { bag: [], boxes: new Boxes() },
    limits,
    network: { old: [], delayed: [] },
  };
  if (features.crowd && world.sites[0] !== undefined) await fillWithQuiet(world.sites[0]);
  if (features.firstMeeting) await importEverywhere(world);
  for (const collection of collections) await link(world, collection);
  if (features.strays) await makeRoomForStrays(world);
  await loseFromTheStart(world);
  return world;
}

/** Publishes a collection and subscribes to it. Along a chain the second goes up where the first goes down. */
async function link({ plan, sites, links }: World, collection: Collection): Promise<void> {
  const { mode, links: wanted, gids, strays } = plan.features;
  const isChain = new Set(wanted.map(([above]) => above)).size === wanted.length;
  const isReversed = collection !== firstCollection && isChain;
  const published = new Set<SimulatedSite>();
  for (const pair of wanted) {
    const [above, below] = isReversed ? [pair[1], pair[0]] : pair;
    const of = (name: string) => sites.find((site) => site.name === name && site.collection === collection);
    const [publisher, subscriber] = [of(above), of(below)];
    if (publisher === undefined || subscriber === undefined) continue;
    const isRoot = wanted.every((other) => other[isReversed ? 0 : 1] !== above);
    const gidGenerator = gids && isRoot ? generatorFor(strays ? 0 : plan.seed, collection) : undefined;
    if (!published.has(publisher)) await publisher.publish(gidGenerator === undefined ? {} : { gidGenerator });
    published.add(publisher);
    await subscriber.subscribe(publisher, { mode });
    links.push({ publisher, subscriber });
  }
}

const generators = ['id', 'path', 'id', 'property:title'] as const;

/** Two publications between the same sites must not make the same gids: what is made second would be refused where the first is (docs/guide/set-up.md). */
function generatorFor(seed: number, collection: Collection): string | undefined {
  const first = generators[seed % generators.length];
  if (collection === firstCollection) return first;
  return first === 'property:title' ? 'path' : 'property:title';
}

/** The same list is imported at several sites before they meet; here and there somebody has another one under the same name. */
async function importEverywhere(world: World): Promise<void> {
  const random = new Random(world.plan.seed ^ 0x1337);
  for (const id of ids.slice(0, 1 + random.below(3))) {
    const listed = newFields(world.ledger);
    for (const site of world.sites) {
      if (random.chance(0.3)) continue;
      const fields = random.chance(0.7) ? listed : newFields(world.ledger);
      const path = `${site.collection.path}/${id}`;
      const version = await site.put(path, cardOf(fields));
      const mark = await markOf(site, version.gid);
      world.ledger.changed(version.gid, mark, { before: undefined, after: fieldsOf(version, site.root) });
      world.trace.note(`${site.label}: has ${version.gid} at ${path}`);
    }
  }
}

function newFields(ledger: Ledger): Record<string, string> {
  const value = (): string => `v${String(ledger.nextValue())}.`;
  return { title: value(), phone: value(), note: value(), lang: value() };
}

/** What the engine calls the newest edit of an object. */
export async function markOf(site: SimulatedSite, gid: Gid): Promise<{ readonly site: string; readonly id: string }> {
  const revision = (await site.store.current([gid])).get(gid);
  return { site: site.label, id: revision?.edits.main.id ?? '' };
}

/** An object of the collection, and where it is. */
export interface Placed {
  readonly path: string;
  readonly version: Version;
}

/** Those that a path names alone: while a deletion waits, something new may stand beside what it is to delete. */
export function plainlyNamed(objects: readonly Placed[]): readonly Placed[] {
  const count = new Map<string, number>();
  for (const { path } of objects) count.set(path, (count.get(path) ?? 0) + 1);
  const doubled = [...count].filter(([, times]) => times > 1).map(([path]) => path);
  return objects.filter(({ path }) => !doubled.some((other) => path === other || path.startsWith(`${other}/`)));
}

/** What an object is called that somebody makes. */
export const ids = ['x', 'y', 'z'] as const;

/** All objects of the collection at a site, parents before children. */
export async function objectsAt({ store, root, collection }: SimulatedSite): Promise<readonly Placed[]> {
  const found: Placed[] = [];
  const walk = async (parent: Gid, at: string): Promise<void> => {
    for (const version of await store.children(parent)) {
      const path = `${at}/${version.id}`;
      if (found.length > 400) throw new Error('the tree has no end');
      found.push({ path, version });
      await walk(version.gid, path);
    }
  };
  await walk(root, collection.path);
  return found;
}
