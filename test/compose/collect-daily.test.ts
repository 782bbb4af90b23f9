import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compose } from '../../src/compose/compose.ts';
import { startClock } from '../../src/compose/loops.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import type { Gid } from '../../src/objects/gid.ts';
import { addSite } from '../../src/use-cases/administration/manage-sites.ts';
import { tic } from '../../src/use-cases/administration/run-activities.ts';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import type { Workplace } from '../cli/run-concord.ts';
import { makeWorkplace } from '../cli/run-concord.ts';

let place: Workplace;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => {
  place[Symbol.dispose]();
});

it('garbage that was to be collected before `history.keepDays` was set to 0 stays', async () => {
  mkdirSync(place.data, { recursive: true, mode: 0o700 });
  writeFileSync(join(place.data, 'concord.json'), JSON.stringify({ history: { keepDays: 0 } }));
  await using composition = await compose(readConfiguration({ CONCORD_DATA: place.data }));
  await addSite(composition.installation, { id: 'cps' });
  const context = await composition.site('cps');
  const put = async (title: string): Promise<Gid> => {
    const note = { path: ['note'], document: `<note><title>${title}</title></note>` };
    return (await putObject(context, { name: 'the test' }, note)).version.gid;
  };
  await put('a');
  const gid = await put('b');
  await context.queue.add({ work: { name: 'collect-garbage' } });
  expect(await tic(context, composition.runOptions(new AbortController().signal))).toMatchObject({ done: 1 });
  expect(await context.store.history(gid, { limit: 10 })).toHaveLength(2);
});

it('a clock lets garbage be collected once a day has passed, and the history of the last year stays', async () => {
  await using composition = await compose(readConfiguration({ CONCORD_DATA: place.data }));
  const { installation } = composition;
  await addSite(installation, { id: 'cps' });
  const context = await composition.site('cps');
  for (const title of ['a', 'b', 'c'])
    await putObject(
      context,
      { name: 'the test' },
      { path: ['notes'], document: `<note><title>${title}</title></note>` },
    );
  await installation.saveSetting('collected.cps', String(Date.now() - 25 * 60 * 60 * 1000));
  {
    await using clock = startClock(composition, (error) => expect.fail(String(error)));
    expect(clock).toBeDefined();
    await expect
      .poll(async () => (await context.queue.list()).map(({ work }) => work.name))
      .toEqual(['collect-garbage']);
  }
  expect(await tic(context, composition.runOptions(new AbortController().signal))).toMatchObject({ done: 1 });
  expect((await context.store.log()).map(({ text }) => text)).toContain('Removed 0 revisions up to position 0');
});
