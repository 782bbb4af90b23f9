import { describe, expect, it } from 'vitest';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const clock = new HandClock();
const files = siteFiles();

interface Sites {
  /** With a new epoch, from before anybody had subscribed. */
  readonly publisher: TestSite;
  readonly maker: TestSite;
  readonly witness: TestSite;
}

/** The maker's object went to the publisher and to the witness; the publisher deleted it, the witness heard of that, and then the publisher was restored. */
async function restoredSites(): Promise<Sites> {
  const [maker, witness] = [new TestSite('maker', clock), new TestSite('witness', clock)];
  const before = new TestSite('cps', clock);
  await before.addAccount('sync', 'a:b');
  await before.put(`${at}/a`, card('A', '1'));
  await before.publish('Repository', at);
  for (const site of [maker, witness]) await site.subscribe('Repository', before, at);
  await maker.put(`${at}/c`, card('C', '1'));
  const file = files.backUp(before);
  for (const site of [maker, witness]) await sync(site, 'Repository', new Wire(before, site));
  await before.remove(`${at}/c`);
  await sync(witness, 'Repository', new Wire(before, witness));
  expect(await witness.get(`${at}/c`)).toBeUndefined();
  const publisher = await restoredSite('cps', clock, file);
  return { publisher, maker, witness };
}

/** Both have been shown what a comparison would change, and let it. */
async function compare({ publisher }: Sites, site: TestSite): Promise<void> {
  const { waiting } = await sync(site, 'Repository', new Wire(publisher, site));
  if (waiting?.for !== 'comparison') throw new Error('no permission was asked for');
  await sync(site, 'Repository', new Wire(publisher, site), { plan: waiting.plan });
}

async function settle({ publisher, maker, witness }: Sites): Promise<void> {
  for (let round = 0; round < 3; round += 1)
    for (const site of [witness, maker]) await sync(site, 'Repository', new Wire(publisher, site));
  for (const site of [maker, witness]) expect(await site.tree(at)).toEqual(await publisher.tree(at));
}

describe('a deletion that the publisher has made and forgotten', () => {
  it('is told by whoever has heard of it, when another brings the object back', async () => {
    const sites = await restoredSites();
    for (const site of [sites.witness, sites.maker]) await compare(sites, site);
    await settle(sites);
    expect(Object.keys(await sites.publisher.tree(at))).toEqual(['/a']);
    expect(await sites.publisher.context.store.countConflicts()).toBe(0);
  });

  it('does not stand against an edit that it had not seen, and is asked about', async () => {
    const sites = await restoredSites();
    await sites.maker.put(`${at}/c`, card('C', '2'));
    for (const site of [sites.witness, sites.maker]) await compare(sites, site);
    await settle(sites);
    expect(await sites.witness.get(`${at}/c`)).toBe(card('C', '2'));
    expect(await sites.publisher.context.store.conflicts({ state: 'open' })).toMatchObject([{ field: 'existence' }]);
  });
});
