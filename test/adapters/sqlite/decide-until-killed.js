// Usage, with a channel for messages: node decide-until-killed.js FILE: decides about a write to the site in FILE, says each time that it does, and commits when it is told to.
import { once } from 'node:events';
import { register } from 'node:module';

register('./typescript-loader.js', import.meta.url);
const { openSiteDatabase, SqliteSiteStore } = await import('../../../src/adapters/sqlite/sqlite-site-store.ts');
const { SystemClock } = await import('../../../src/adapters/system/system-clock.ts');
const { RandomIdentifiers } = await import('../../../src/adapters/system/random-identifiers.ts');
const { write } = await import('../../contract/site-data.ts');

const identifiers = new RandomIdentifiers();
const store = new SqliteSiteStore(openSiteDatabase(process.argv[2]), 'cps', { identifiers, clock: new SystemClock() });
await store.update(async () => {
  process.send('decides');
  await once(process, 'message');
  return { batch: { writes: [write('of-the-killed')] }, result: undefined };
});
