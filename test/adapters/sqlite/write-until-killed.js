// Usage: node write-until-killed.js FILE NUMBER: writes batches to the site in FILE until the process is killed; says so when it begins.
import { register } from 'node:module';

register('./typescript-loader.js', import.meta.url);
const { openSiteDatabase, SqliteSiteStore } = await import('../../../src/adapters/sqlite/sqlite-site-store.ts');
const { SystemClock } = await import('../../../src/adapters/system/system-clock.ts');
const { RandomIdentifiers } = await import('../../../src/adapters/system/random-identifiers.ts');
const { write } = await import('../../contract/site-data.ts');

const [, , file, number] = process.argv;
const identifiers = new RandomIdentifiers();
const store = new SqliteSiteStore(openSiteDatabase(file), 'cps', { identifiers, clock: new SystemClock() });
const collection = await store.openCollection('');
const document = `<object>${'x'.repeat(900)}</object>`;
for (;;) {
  const writes = Array.from({ length: 40 }, () =>
    write(identifiers.gid(), { id: `of-${number}`, document }, { [collection]: true }),
  );
  await store.update(async () => ({ batch: { writes }, result: undefined }));
  process.stdout.write('.');
}
