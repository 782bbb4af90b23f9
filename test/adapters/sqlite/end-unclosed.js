// Usage: node end-unclosed.js FILE PROGRAM: writes, lets a thread copy the log, and closes nothing.
import { register } from 'node:module';

register('./typescript-loader.js', import.meta.url);
const { Checkpointer } = await import('../../../src/adapters/sqlite/checkpointer.ts');
const { CheckpointThread } = await import('../../../src/adapters/sqlite/checkpoint-thread.ts');
const { SqliteDatabase } = await import('../../../src/adapters/sqlite/sqlite-database.ts');

const [, , file, program] = process.argv;
const database = new SqliteDatabase(file, ['CREATE TABLE note (text TEXT) STRICT']);
database.boundLog(1024 * 1024);
const checkpointer = new Checkpointer(
  (fault) => {
    console.error(fault);
    process.exitCode = 1;
  },
  new CheckpointThread(new URL(program)),
);
checkpointer.watch(database);
database.write(() => {
  for (let note = 0; note < 600; note++) database.run('INSERT INTO note (text) VALUES (?)', 'x'.repeat(1_000));
});
