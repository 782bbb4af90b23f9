import { defaultXmlLimits } from '../../src/xml/limits.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

export const at = '/portal_repository';

export interface MetChain {
  readonly top: TestSite;
  readonly hub: TestSite;
  readonly leaf: TestSite;
  readonly wire: Wire;
}

/** All three imported the same list; the leaf has met the hub, and then the hub the top, whose gids it has taken. */
export async function metChain(xmlLimits = defaultXmlLimits): Promise<MetChain> {
  const chain = await unmetChain(['top', 'hub', 'leaf'], xmlLimits);
  const { hub, leaf, wire } = chain;
  await sync(leaf, 'Repository', wire);
  await sync(hub, 'Repository', wire);
  return chain;
}

/** These imported the same list, and the others have something of their own; nobody has met anybody. */
export async function unmetChain(
  holders: readonly string[],
  xmlLimits = defaultXmlLimits,
): Promise<MetChain & { readonly clock: HandClock }> {
  const clock = new HandClock();
  const hub = new TestSite('hub', clock, { xmlLimits });
  const [top, leaf] = [new TestSite('top', clock), new TestSite('leaf', clock)];
  for (const site of [top, hub, leaf]) {
    await site.addAccount('sync', 'a:b');
    const names = holders.includes(site.context.site) ? ['a', 'b'] : [site.context.site];
    for (const name of names) await site.put(`${at}/${name}`, card(name.toUpperCase(), '1'));
  }
  await top.publish('Repository', at);
  await hub.subscribe('Repository', top, at);
  await hub.publish('Repository', at);
  await leaf.subscribe('Repository', hub, at);
  return { top, hub, leaf, wire: new Wire(top, hub, leaf), clock };
}
