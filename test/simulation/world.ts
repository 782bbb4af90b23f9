import type { Gid } from '../../src/objects/gid.ts';
import type { Version } from '../../src/objects/version.ts';
import { parsePath } from '../../src/objects/path.ts';
import { resolvePath } from '../../src/use-cases/objects/read-object.ts';
import type { SiteContext } from '../../src/use-cases/site-context.ts';
import type { SubscriptionSettings } from '../../src/use-cases/administration/subscribe.ts';
import { HandClock } from '../support/memory-site.ts';
import { TestSite } from '../support/synced-sites.ts';
import { KillSwitch, mortal } from './mortal-store.ts';
import { Random, SeededIdentifiers } from './random.ts';

/** Where everything is that the simulation synchronises, at every site. */
export const repository = '/repo';
export const publication = 'Repo';

/** A site whose process can be killed. */
export interface Node {
  readonly name: string;
  readonly site: TestSite;
  /** The site as its own process works with it. */
  readonly context: SiteContext;
  readonly killSwitch: KillSwitch;
  readonly root: Gid;
}

/** A subscription: `subscriber` takes what `publisher` offers. */
export interface Link {
  readonly publisher: Node;
  readonly subscriber: Node;
}

/** What a history is made of. */
export interface Shape {
  /** Who subscribes to whom: `publisher>subscriber`. The first publisher is the root. */
  readonly links: readonly (readonly [publisher: string, subscriber: string])[];
  readonly maxMessageOctets: number;
  readonly settings: SubscriptionSettings;
}

/** The sites of one history, the network between them and the dice. */
export interface World {
  readonly clock: HandClock;
  readonly random: Random;
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
  readonly trace: string[];
}

/** Sets the sites up, published and subscribed, with nothing in them. */
export async function buildWorld(seed: number, shape: Shape): Promise<World> {
  const clock = new HandClock();
  const identifiers = new SeededIdentifiers(seed);
  const nodes = new Map<string, Node>();
  for (const name of new Set(shape.links.flat())) {
    const site = new TestSite(name, clock, { identifiers, maxMessageOctets: shape.maxMessageOctets });
    await site.addAccount('sync', 'a:b');
    nodes.set(name, await nodeOf(name, site));
  }
  const links: Link[] = [];
  for (const [above, below] of shape.links) {
    const [publisher, subscriber] = [nodes.get(above), nodes.get(below)];
    if (publisher === undefined || subscriber === undefined) continue;
    if ((await publisher.site.context.store.publication(publication)) === undefined)
      await publisher.site.publish(publication, repository);
    await subscriber.site.subscribe(publication, publisher.site, repository, shape.settings);
    links.push({ publisher, subscriber });
  }
  return { clock, random: new Random(seed), nodes: [...nodes.values()], links, trace: [] };
}

async function nodeOf(name: string, site: TestSite): Promise<Node> {
  await site.put(repository, '<object portal_type="Folder"></object>');
  const root = await resolvePath(site.context.store, parsePath(repository));
  if (root === undefined) throw new Error('the repository is not there');
  const killSwitch = new KillSwitch();
  const context = { ...site.context, store: mortal(site.context.store, killSwitch) };
  return { name, site, context, killSwitch, root: root.gid };
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

/** All objects of the collection at a site, parents before children. */
export async function objectsAt({ site, root }: Node): Promise<readonly Placed[]> {
  const found: Placed[] = [];
  const walk = async (parent: Gid, at: string): Promise<void> => {
    for (const version of await site.context.store.children(parent)) {
      const path = `${at}/${version.id}`;
      if (found.length > 200) throw new Error('the tree has no end');
      found.push({ path, version });
      await walk(version.gid, path);
    }
  };
  await walk(root, repository);
  return found;
}
