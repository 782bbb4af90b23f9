import { expect } from 'vitest';
import type { Boots } from '../../src/ports/boots.ts';
import { HandClock } from '../support/memory-site.ts';
import type { SiteFiles } from '../support/site-files.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

export const at = '/portal_repository';

/** A publisher and a subscriber in files, of which each may be put back to what a file of it was. */
export interface StoredSites {
  publisher: TestSite;
  subscriber: TestSite;
  wire: Wire;
  readonly clock: HandClock;
}

/** What the publisher has, and in which runs of the machine the files are written to. */
interface Opened {
  readonly names: readonly string[];
  readonly boots?: Boots;
}

/** A publisher with cards, and a subscriber that has not met it yet. */
export async function unmetSites(files: SiteFiles, { names, boots }: Opened): Promise<StoredSites> {
  const clock = new HandClock();
  const open = (id: string): TestSite =>
    new TestSite(id, clock, { file: files.file(id), ...(boots !== undefined && { boots }) });
  const [publisher, subscriber] = [open('cps'), open('cps_client')];
  await publisher.addAccount('sync', 'a:b');
  for (const name of names) await publisher.put(`${at}/${name.toLowerCase()}`, card(name, '1'));
  await publisher.publish('Repository', at);
  await subscriber.subscribe('Repository', publisher, at);
  return { publisher, subscriber, wire: new Wire(publisher, subscriber), clock };
}

/** Both with the same cards, and at rest. */
export async function openSites(files: SiteFiles, opened: Opened): Promise<StoredSites> {
  const sites = await unmetSites(files, opened);
  for (let round = 0; round < 2; round += 1) await sync(sites.subscriber, 'Repository', sites.wire);
  return sites;
}

/** Puts another one in the place of a site. */
export function replace(sites: StoredSites, which: 'publisher' | 'subscriber', site: TestSite): void {
  sites[which] = site;
  sites.wire = new Wire(sites.publisher, sites.subscriber);
}

/** Both agree after a few syncs, and have nothing left to say then. */
export async function settle({ publisher, subscriber, wire }: StoredSites): Promise<void> {
  for (let round = 0; round < 4; round += 1) await sync(subscriber, 'Repository', wire);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  const quiet = await sync(subscriber, 'Repository', wire);
  expect(quiet.traffic.requests).toBe(1);
}
