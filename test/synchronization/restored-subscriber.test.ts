import { describe, expect, it } from 'vitest';
import { HandClock } from '../support/memory-site.ts';
import { restoredSite, siteFiles } from '../support/site-files.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';
const files = siteFiles();

interface AgreedPair {
  readonly top: TestSite;
  readonly near: TestSite;
  readonly wire: Wire;
  /** What was backed up takes the subscriber's place, and both come to rest with the same objects and no conflict. */
  readonly restore: (file: string) => Promise<void>;
}

async function agreedPair(): Promise<AgreedPair> {
  const clock = new HandClock();
  const top = new TestSite('top', clock);
  const near = new TestSite('near', clock, { file: files.file('near') });
  await top.addAccount('sync', 'a:b');
  await top.put(`${at}/a`, card('A', '1'));
  await top.publish('Repository', at);
  await near.subscribe('Repository', top, at);
  const wire = new Wire(top, near);
  await sync(near, 'Repository', wire);
  const restore = async (file: string): Promise<void> => {
    const restored = await restoredSite('near', clock, file);
    const again = new Wire(top, restored);
    for (let round = 0; round < 2; round += 1) await sync(restored, 'Repository', again);
    expect(await restored.tree(at)).toEqual(await top.tree(at));
    expect(await top.context.store.countConflicts()).toBe(0);
    expect((await sync(restored, 'Repository', again)).traffic.requests).toBe(1);
  };
  return { top, near, wire, restore };
}

describe('a subscriber whose publisher has taken in more than the backup holds', () => {
  it.each([
    ['made', 'deleted before it was sent'],
    ['edited', 'put back before it was sent'],
  ])('sends what it had %s before the backup, and %s', async (done) => {
    const { top, near, wire, restore } = await agreedPair();
    const name = done === 'made' ? 'x' : 'a';
    await near.put(`${at}/${name}`, card('A', '2'));
    const file = files.backUp(near);
    if (done === 'made') await near.remove(`${at}/${name}`);
    else await near.put(`${at}/${name}`, card('A', '1'));
    await near.put(`${at}/y`, card('Y', '1'));
    await sync(near, 'Repository', wire);
    await restore(file);
    expect(await top.get(`${at}/${name}`)).toBe(card('A', '2'));
    expect(await top.get(`${at}/y`)).toBe(card('Y', '1'));
  });

  it('brings nothing back that was received and deleted there since', async () => {
    const { top, near, wire, restore } = await agreedPair();
    for (const name of ['x', 'y', 'z']) await near.put(`${at}/${name}`, card(name, '1'));
    const file = files.backUp(near);
    await sync(near, 'Repository', wire);
    await near.remove(`${at}/x`);
    await top.remove(`${at}/y`);
    await top.put(`${at}/z`, card('z', '2'));
    await sync(near, 'Repository', wire);
    await restore(file);
    expect(Object.keys(await top.tree(at))).toEqual(['/a', '/z']);
    expect(await top.get(`${at}/z`)).toBe(card('z', '2'));
  });

  it.each(['edited', 'deleted'])(
    'asks about no edit of its own that it had come over, where it was %s there since',
    async (done) => {
      const { top, near, wire, restore } = await agreedPair();
      await near.put(`${at}/a`, card('A', '2'));
      const file = files.backUp(near);
      await near.put(`${at}/a`, card('A', '3'));
      await sync(near, 'Repository', wire);
      if (done === 'edited') await top.put(`${at}/a`, card('A', '4'));
      else await top.remove(`${at}/a`);
      await restore(file);
      expect(await top.get(`${at}/a`)).toBe(done === 'edited' ? card('A', '4') : undefined);
    },
  );
});
