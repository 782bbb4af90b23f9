import type { Gid } from '../../src/objects/gid.ts';
import { editIds } from '../../src/objects/edit.ts';
import type { GivenUp, Mark } from './ledger.ts';
import type { SimulatedSite } from './site.ts';
import type { World } from './world.ts';
import { objectsAt } from './world.ts';

/** Who has taken another gid for an object, by what is known of it there. */
interface Adopter {
  readonly given: Gid;
  readonly edits: ReadonlySet<string>;
  /** Those who subscribe to it, and to them, and so on. */
  readonly below: ReadonlySet<string>;
}

/**
 * By which gids objects are known that gave theirs up at some site, when it met its publisher (engine.md §1). Where that was forgotten, by a site that was restored to
 * before, the object under the gid is one of its own again: it stands there, or at the root. What was done to it before and lost with the restored disk is done to that one. As long as no log was
 * lost, nothing of this can be: then an object under such a gid is always the other one.
 */
export async function givenUp(world: World): Promise<GivenUp> {
  const names = new Map<Gid, Gid>();
  const all: (readonly [Gid, Gid])[] = [];
  const adopters: Adopter[] = [];
  const { hasLostLog } = world.ledger;
  for (const site of world.sites) {
    const { aliases, histories, conflicts } = await site.contents();
    if (aliases.size === 0) continue;
    all.push(...aliases);
    const current = await site.store.current([...aliases.keys()]);
    for (const [given, kept] of aliases) {
      if (hasLostLog && current.get(given)?.state !== 'left') continue;
      names.set(given, kept);
      const known = [given, kept].flatMap((gid) => histories.get(gid) ?? []);
      const made = known.flatMap((one) => [...editIds(one.edits), ...(one.edits.earlier ?? []).map(({ id }) => id)]);
      const asked = [...conflicts.values()].filter(({ gid }) => gid === given || gid === kept);
      const contested = asked.flatMap(({ publisher, subscriber }) => [publisher.edit.id, subscriber.edit.id]);
      adopters.push({ given, edits: new Set([...made, ...contested]), below: below(world, site) });
    }
  }
  if (!hasLostLog) return { names, all: [], isOf: () => true };
  if (names.size > 0)
    for (const root of rootsOf(world)) for (const { version } of await objectsAt(root)) names.delete(version.gid);
  const isOf = (gid: Gid, { site, id }: Mark): boolean =>
    adopters.some(({ given, edits, below: those }) => given === gid && (edits.has(id) || those.has(site)));
  return { names, all, isOf };
}

/** Those who subscribe to nobody. */
export function rootsOf({ sites, links }: World): readonly SimulatedSite[] {
  return sites.filter((site) => links.every(({ subscriber }) => subscriber !== site));
}

function below({ links }: World, site: SimulatedSite): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (at: SimulatedSite): void => {
    for (const { publisher, subscriber } of links) {
      if (publisher.machine !== at.machine || found.has(subscriber.label)) continue;
      found.add(subscriber.label);
      look(subscriber);
    }
  };
  look(site);
  return found;
}
