import { describe, expect, it } from 'vitest';
import { chainOf, compareAll } from '../support/chains.ts';
import { HandClock } from '../support/memory-site.ts';
import { RewritingWire } from '../support/rewriting-wire.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

/** The top and the lower hub had `a` before they met; the hub got it from below, and has taken the top's gid since. All but the top have `b`. Nobody below has heard of the gid. */
async function chainWithTaken() {
  const clock = new HandClock();
  const [top, hub] = [new TestSite('top', clock), new TestSite('hub', clock, { file: files.file('hub') })];
  const [lower, leaf] = [new TestSite('lower hub', clock), new TestSite('leaf', clock)];
  for (const site of [top, lower]) await site.put(`${at}/a`, card('A', '1'));
  await hub.put(`${at}/b`, card('B', '1'));
  await leaf.put(`${at}/c`, card('C', '1'));
  const wire = await chainOf(at, [top, hub, lower, leaf]);
  const tell = async (...sites: readonly TestSite[]): Promise<void> => {
    for (const site of sites) await sync(site, 'Repository', wire);
  };
  await tell(lower, leaf, lower);
  const beforeTaking = files.backUp(hub);
  await tell(hub);
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round += 1) await tell(leaf, lower, hub, lower, leaf);
    for (const site of [hub, lower, leaf]) expect(await site.tree(at)).toEqual(await top.tree(at));
    for (const site of [top, hub, lower]) expect(await site.context.store.countConflicts()).toBe(0);
  };
  return { top, hub, lower, leaf, clock, beforeTaking, tell, settle };
}

describe('a hub that takes gids from its own publisher', () => {
  it('has the hubs below it know what moves below one of those', async () => {
    const { top, hub, lower, leaf, tell, settle } = await chainWithTaken();
    await hub.move(`${at}/b`, `${at}/a/b`);
    await tell(lower);
    await leaf.move(`${at}/b`, `${at}/a/b`);
    await settle();
    expect(Object.keys(await top.tree(at))).toEqual(['/a', '/a/b', '/c']);
  });

  it('has them make the edits of what has got one at once', async () => {
    const { lower, leaf, tell, settle } = await chainWithTaken();
    await tell(lower);
    await leaf.put(`${at}/a`, card('A', '2'));
    await tell(leaf);
    expect(await lower.get(`${at}/a`)).toBe(card('A', '2'));
    await settle();
    expect(await lower.get(`${at}/a`)).toBe(card('A', '2'));
  });

  it('has them merge what both edit of it', async () => {
    const { top, lower, leaf, tell, settle } = await chainWithTaken();
    await tell(lower);
    await lower.put(`${at}/a`, card('A of the lower hub', '1'));
    await leaf.put(`${at}/a`, card('A', '2'));
    await settle();
    expect(await top.get(`${at}/a`)).toBe(card('A of the lower hub', '2'));
  });

  it('has them delete it', async () => {
    const { top, lower, leaf, tell, settle } = await chainWithTaken();
    await tell(lower);
    await leaf.remove(`${at}/a`);
    await settle();
    expect(Object.keys(await top.tree(at))).toEqual(['/b', '/c']);
  });

  it('has them give back what it had before, where it is restored to then', async () => {
    const { top, lower, leaf, clock, beforeTaking, tell } = await chainWithTaken();
    await tell(lower, leaf);
    const hub = await restoredSite('hub', clock, beforeTaking);
    await compareAll([leaf, lower, hub], new Wire(top, hub, lower, leaf));
    for (const site of [hub, lower, leaf]) expect(await site.tree(at)).toEqual(await top.tree(at));
    expect(Object.values(await top.tree(at)).filter((row) => row.endsWith(card('B', '1')))).toHaveLength(1);
  });

  it('cannot have the edits made to what it does not publish', async () => {
    const { top, hub, lower, leaf } = await chainWithTaken();
    const own = await lower.put('/own/a', card('Nobody else’s', '1'));
    const wire = new RewritingWire([top, hub, lower, leaf], (answer) =>
      answer.replace(/(<EMI[^>]*>x=)[^<]*/gu, `$1${own.gid}`),
    );
    await sync(lower, 'Repository', wire);
    await leaf.put(`${at}/a`, card('A', '2'));
    await sync(leaf, 'Repository', new Wire(lower));
    expect(await lower.get('/own/a')).toBe(card('Nobody else’s', '1'));
  });
});
