import type { Gid } from '../../src/objects/gid.ts';
import type { SimulatedSite } from './site.ts';
import type { World } from './world.ts';

/**
 * By which gids objects are known that gave theirs up at some site, when it met its publisher (engine.md §1). Where that was forgotten, by a site that was restored to before, the object under the gid is
 * one of its own again: it stands there, or at the root.
 */
export async function givenUp(world: World): Promise<ReadonlyMap<Gid, Gid>> {
  const names = new Map<Gid, Gid>();
  for (const site of world.sites) {
    const { aliases } = await site.contents();
    if (aliases.size === 0) continue;
    const current = await site.store.current([...aliases.keys()]);
    for (const [given, kept] of aliases) if (current.get(given)?.state === 'left') names.set(given, kept);
  }
  if (names.size === 0) return names;
  for (const { store } of rootsOf(world))
    for (const [gid, { state }] of await store.current([...names.keys()])) if (state === 'present') names.delete(gid);
  return names;
}

/** Those who subscribe to nobody. */
export function rootsOf({ sites, links }: World): readonly SimulatedSite[] {
  return sites.filter((site) => links.every(({ subscriber }) => subscriber !== site));
}
