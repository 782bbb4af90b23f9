import type { Pair, TestSite } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** Two sites that have both changed the same field of `a`, from 1 to 10 and to 100, and know it. */
export async function pairInConflict(): Promise<Pair> {
  const pair = await seedPair();
  const { publisher, subscriber, wire } = pair;
  await publisher.put(`${at}/a`, card('A', '1'));
  await sync(subscriber, 'Repository', wire);
  await publisher.put(`${at}/a`, card('A', '10'));
  await subscriber.put(`${at}/a`, card('A', '100'));
  await sync(subscriber, 'Repository', wire);
  return pair;
}

/** The ids of a site's open conflicts. */
export async function idsOf(site: TestSite): Promise<readonly string[]> {
  return (await site.context.store.conflicts({ state: 'open' })).map(({ id }) => id);
}
