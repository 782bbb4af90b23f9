import { RequestError } from '../../src/errors/concord-error.ts';
import type { Gid } from '../../src/objects/gid.ts';
import { parsePath } from '../../src/objects/path.ts';
import { publish } from '../../src/use-cases/administration/publish.ts';
import { deleteObject } from '../../src/use-cases/objects/write-object.ts';
import { resolvePath } from '../../src/use-cases/objects/read-object.ts';
import type { XmlLimits } from '../../src/xml/limits.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { cardOf } from './card.ts';
import { exceptionsOf } from './invariants.ts';
import { xpath } from './machine.ts';
import { swellAt } from './people.ts';
import { Random } from './random.ts';
import type { SimulatedSite } from './site.ts';
import { firstCollection, manager } from './site.ts';
import type { Link, World } from './world.ts';
import { ids } from './world.ts';

/** What a site takes that takes no large documents. */
export const narrowLimits: XmlLimits = { ...defaultXmlLimits, maxOctets: 4_000 };

/** A value with which a document is too large for such a site. */
export function tooLarge(value: string): string {
  return value + 'x'.repeat(narrowLimits.maxOctets);
}

/** Where sites have what is nobody else's business. */
const own = '/own';

/** Subscribers make the gids of what is their own in the way of the root; some have such an object before anything comes. */
export async function makeRoomForStrays(world: World): Promise<void> {
  const random = new Random(world.plan.seed ^ 0x57a1);
  for (const site of subscribers(world)) {
    await site.put(own, '<object portal_type="Folder"></object>');
    await publish(site.context, { id: 'Own', actor: manager, path: own, gidGenerator: 'id' }, xpath);
    if (random.chance(0.5)) await site.put(`${own}/x`, cardOf({ title: 'own' }));
  }
}

/** Somebody makes an object too large for one of the sites, or small again. */
export async function swell(world: World, random: Random): Promise<void> {
  const wide = world.sites.filter(({ name }) => !world.limits.has(name));
  if (wide.length > 0) await swellAt(world, random.pick(wide), random);
}

/** Somebody at a subscriber makes an object beside what it subscribes to, or deletes it. */
export async function stray(world: World, random: Random): Promise<void> {
  const site = random.pick(subscribers(world));
  const id = random.pick(ids);
  const path = `${own}/${id}`;
  world.clock.at += 1000;
  if (await removed(site, path)) {
    world.trace.note(`${site.label}: deletes ${path}`);
    return;
  }
  // What was there before from the publisher, and is deleted, would be in two places of one site: docs/guide/simulation.md says that this is open.
  const past = await site.store.history(gidOf(id));
  if (past.some(({ origin, version }) => origin !== undefined || version.parent === site.root)) return;
  try {
    const { gid } = await site.put(path, cardOf({ title: 'own' }));
    world.trace.note(`${site.label}: creates ${gid} at ${path}`);
  } catch (cause) {
    // The publisher's stands here already.
    if (!(cause instanceof RequestError) || cause.code !== 'CON-R006') throw cause;
    world.trace.note(`${site.label}: may not create ${path}`);
  }
}

/** All sites take large documents, and nothing is in the way of what is published. Returns the subscriptions that something waits in. */
export async function takeAway(world: World): Promise<readonly Link[]> {
  if (world.limits.size > 0) {
    world.limits.clear();
    for (const machine of new Set(world.sites.map((site) => site.machine))) await machine.startAgain();
  }
  if (world.plan.features.strays)
    for (const site of subscribers(world)) for (const id of ids) await removed(site, `${own}/${id}`);
  const waiting: Link[] = [];
  for (const link of world.links) {
    const reasons = (await exceptionsOf(link)).flatMap((of) => [...of.values()].map(({ reason }) => reason));
    if (reasons.includes('refused') || reasons.includes('elsewhere')) waiting.push(link);
  }
  return waiting;
}

function subscribers({ sites, links }: World): readonly SimulatedSite[] {
  return sites.filter(
    (site) => site.collection === firstCollection && links.some(({ subscriber }) => subscriber === site),
  );
}

/** The gid that both the root and the site itself make of the id. */
function gidOf(id: string): Gid {
  // A single letter is a gid.
  return id as Gid;
}

async function removed(site: SimulatedSite, path: string): Promise<boolean> {
  if ((await resolvePath(site.store, parsePath(path))) === undefined) return false;
  await deleteObject(site.context, { name: site.name }, { path: parsePath(path) });
  return true;
}
