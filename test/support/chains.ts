import type { TestSite } from './synced-sites.ts';
import { sync, Wire } from './synced-sites.ts';

/** Each site subscribes to the one before it. */
export async function chainOf(at: string, sites: readonly TestSite[]): Promise<Wire> {
  for (const [index, site] of sites.entries()) {
    await site.addAccount('sync', 'a:b');
    const above = sites[index - 1];
    if (above !== undefined) await site.subscribe('Repository', above, at);
    await site.publish('Repository', at);
  }
  return new Wire(...sites);
}

/** Synchronises, and gives the permission that a comparison without a common checkpoint asks for. */
export async function compare(site: TestSite, wire: Wire): Promise<void> {
  const { waiting } = await sync(site, 'Repository', wire);
  if (waiting?.for === 'comparison') await sync(site, 'Repository', wire, { plan: waiting.plan });
}

/** So often that nothing is left to be said, in whichever order. */
export async function compareAll(sites: readonly TestSite[], wire: Wire): Promise<void> {
  for (let round = 0; round < 4; round += 1) for (const site of sites) await compare(site, wire);
}
