// Usage: node write-until-killed.js FILE NUMBER PROGRAM: writes batches to the site in FILE until the process is killed; says so of each. A thread copies its log meanwhile.
import { register } from 'node:module';

register('./typescript-loader.js', import.meta.url);
const { Checkpointer } = await import('../../../src/adapters/sqlite/checkpointer.ts');
const { CheckpointThread } = await import('../../../src/adapters/sqlite/checkpoint-thread.ts');
const { openSiteDatabase, SqliteSiteStore } = await import('../../../src/adapters/sqlite/sqlite-site-store.ts');
const { SystemClock } = await import('../../../src/adapters/system/system-clock.ts');
const { RandomIdentifiers } = await import('../../../src/adapters/system/random-identifiers.ts');
const { write } = await import('../../contract/site-data.ts');

const [, , file, number, program] = process.argv;
const identifiers = new RandomIdentifiers();
const database = openSiteDatabase(file);
const store = new SqliteSiteStore(database, 'cps', { identifiers, clock: new SystemClock() });
// So short that a thread is always at it.
database.boundLog(1024 * 1024);
new Checkpointer((fault) => console.error(fault), new CheckpointThread(new URL(program))).watch(database);
const collection = await store.openCollection('');
const document = `<object>${'x'.repeat(900)}</object>`;
for (;;) {
  const writes = Array.from({ length: 40 }, () =>
    write(identifiers.gid(), { id: `of-${number}`, document }, { [collection]: true }),
  );
  await store.update(async () => ({ batch: { writes }, result: undefined }));
  process.stdout.write('.');
}
