import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compose } from '../../src/compose/compose.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { addSite } from '../../src/use-cases/administration/manage-sites.ts';
import { tic } from '../../src/use-cases/administration/run-activities.ts';
import type { Workplace } from '../cli/run-concord.ts';
import { makeWorkplace } from '../cli/run-concord.ts';

let place: Workplace;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => {
  place[Symbol.dispose]();
});

/** What the log says after an activity has failed while this is the operator's script. */
async function failWith(script: string): Promise<{ readonly log: readonly string[]; readonly failed: number }> {
  const file = join(place.folder, 'activity_failed.mjs');
  writeFileSync(file, script);
  mkdirSync(place.data, { recursive: true });
  writeFileSync(join(place.data, 'concord.json'), JSON.stringify({ activities: { failed: file } }));
  await using composition = await compose(readConfiguration({ CONCORD_DATA: place.data }));
  await addSite(composition.installation, { id: 'cps' });
  const context = await composition.site('cps');
  await context.queue.add({
    work: { name: 'import', path: '/notes', file: '/nowhere' },
    tag: 'records',
    maxRetries: 0,
  });
  await tic(context, composition.runOptions(new AbortController().signal));
  const log = (await context.store.log()).map(({ text }) => text);
  return { log, failed: (await context.queue.count()).failed };
}

it('activity_failed is told the site, the activity and why it failed', async () => {
  const told = join(place.folder, 'told.json');
  const { failed } = await failWith(
    `import { mkdirSync, writeFileSync } from 'node:fs';
     export default async (failed) => writeFileSync(${JSON.stringify(told)}, JSON.stringify(failed));`,
  );
  expect(failed).toBe(1);
  expect(JSON.parse(place.read('told.json'))).toMatchObject({
    ...{ site: 'cps', id: 1, work: { name: 'import', path: '/notes', file: '/nowhere' }, tag: 'records', tries: 1 },
    ...{ code: expect.stringMatching(/^CON-/) as string, message: expect.stringContaining('/nowhere') as string },
  });
});

it.each([
  ['throws', `export default () => { throw new Error('the pager is broken'); };`, 'the pager is broken'],
  ['is none', `export default 'hello';`, 'exports no function'],
  ['cannot be read', `export default (`, 'cannot be loaded'],
])('activity_failed that %s is a line in the log, and the activity stays as it is', async (_, script, says) => {
  const { log, failed } = await failWith(script);
  expect(failed).toBe(1);
  expect(log.join('\n')).toContain(says);
});
