import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkpointer } from '../../../src/adapters/sqlite/checkpointer.ts';
import { CheckpointThread } from '../../../src/adapters/sqlite/checkpoint-thread.ts';
import { SqliteDatabase } from '../../../src/adapters/sqlite/sqlite-database.ts';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { commit, write } from '../../contract/site-data.ts';
import { builtCheckpointProgram } from './built-checkpoint-program.ts';
import { surroundings, temporaryFolder } from './sqlite-fixture.ts';

const dyingProgram = new URL('data:text/javascript,throw new RangeError("no memory")');
const kilobyte = 1024;
const logOctets = 1024 * kilobyte;

const built = temporaryFolder();
const program = builtCheckpointProgram(built.path);
let folder = temporaryFolder();
let faults: unknown[] = [];
const opened: AsyncDisposable[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  faults = [];
});

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
  folder.remove();
});

afterAll(() => {
  built.remove();
});

function open(name = 'a.sqlite'): SqliteDatabase {
  const database = new SqliteDatabase(join(folder.path, name), ['CREATE TABLE note (text TEXT) STRICT'], {});
  database.boundLog(logOctets);
  opened.push({ [Symbol.asyncDispose]: async () => database.close() });
  return database;
}

function checkpointer(of = program): Checkpointer {
  const made = new Checkpointer((fault) => faults.push(fault), new CheckpointThread(of));
  opened.push(made);
  return made;
}

/** In one commit. */
function fill(database: SqliteDatabase, octets: number): void {
  database.write(() => {
    for (let left = octets; left > 0; left -= kilobyte)
      database.run('INSERT INTO note (text) VALUES (?)', 'x'.repeat(kilobyte));
  });
}

describe('a log that a thread looks after', () => {
  it('is copied into its file before a commit would have to, and begun anew with the next one', async () => {
    const database = open();
    const thread = checkpointer();
    thread.watch(database);
    fill(database, 600 * kilobyte);
    await thread.letGo(database);
    const { pages, copied, most } = database.logState();
    expect(pages).toBeGreaterThan(most / 2);
    expect(pages).toBeLessThan(most);
    expect(copied).toBe(pages);
    fill(database, kilobyte);
    expect(database.logState().pages).toBeLessThan(10);
    expect(faults).toEqual([]);
  });

  it('is left alone while it is short', async () => {
    const database = open();
    const thread = checkpointer();
    thread.watch(database);
    fill(database, 300 * kilobyte);
    await thread.letGo(database);
    expect(database.logState()).toMatchObject({ copied: 0 });
  });

  it('is copied by the commit that fills it, when the thread had no time to', () => {
    const database = open();
    const thread = checkpointer();
    thread.watch(database);
    fill(database, 2 * logOctets);
    const { pages, copied } = database.logState();
    expect(copied).toBe(pages);
  });

  it('keeps what others still read', async () => {
    const database = open();
    const reader = open();
    const thread = checkpointer();
    fill(database, 100 * kilobyte);
    thread.watch(database);
    reader.execute('BEGIN');
    const before = reader.get('SELECT count(*) AS notes FROM note');
    fill(database, 600 * kilobyte);
    await thread.letGo(database);
    const { pages, copied } = database.logState();
    expect(copied).toBeGreaterThan(0);
    expect(copied).toBeLessThan(pages);
    expect(reader.get('SELECT count(*) AS notes FROM note')).toEqual(before);
    reader.execute('COMMIT');
    expect(faults).toEqual([]);
  });

  it('may be looked after by two processes at once', async () => {
    const both = [open(), open()];
    const threads = both.map((database) => {
      const thread = checkpointer();
      thread.watch(database);
      return thread;
    });
    for (const database of both) fill(database, 300 * kilobyte);
    await Promise.all(both.map(async (database, at) => threads[at]?.letGo(database)));
    expect(both.map((database) => database.get('SELECT count(*) AS notes FROM note'))).toEqual([
      { notes: 600 },
      { notes: 600 },
    ]);
    expect(faults).toEqual([]);
  });

  it('is looked after beside those of other sites by one thread', async () => {
    const both = [open('a.sqlite'), open('b.sqlite')];
    const thread = checkpointer();
    for (const database of both) thread.watch(database);
    for (const database of both) fill(database, 600 * kilobyte);
    await Promise.all(both.map(async (database) => thread.letGo(database)));
    for (const database of both) {
      const { pages, copied } = database.logState();
      expect(copied).toBe(pages);
    }
  });
});

describe('a thread that fails', () => {
  it('is told of, and a commit copies the log at its bound', async () => {
    const database = open();
    const thread = checkpointer(dyingProgram);
    thread.watch(database);
    fill(database, 600 * kilobyte);
    await expect.poll(() => faults).toMatchObject([{ code: 'CON-D011', retry: 'later' }]);
    fill(database, 600 * kilobyte);
    const { pages, copied } = database.logState();
    expect(copied).toBe(pages);
    fill(database, kilobyte);
    expect(database.logState().pages).toBeLessThan(10);
    expect(faults).toHaveLength(1);
  });

  it('is begun anew when it is needed again', async () => {
    const thread = new CheckpointThread(dyingProgram);
    const { file } = open();
    for (let tries = 0; tries < 2; tries++) await expect(thread.copy(file)).rejects.toMatchObject({ code: 'CON-D011' });
    await thread[Symbol.asyncDispose]();
  });

  it('says what is wrong with the file, and makes none where there is none', async () => {
    const database = open();
    const thread = new CheckpointThread(program);
    opened.push(thread);
    renameSync(database.file, `${database.file}.elsewhere`);
    await expect(thread.copy(database.file)).rejects.toMatchObject({ code: 'CON-D006' });
    expect(existsSync(database.file)).toBe(false);
  });
});

describe('the sites of a data directory', () => {
  it('keep no process from ending, when nobody closes them', async () => {
    const script = join(import.meta.dirname, 'end-unclosed.js');
    const child = spawn(process.execPath, [script, join(folder.path, 'a.sqlite'), program.href], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(open().get('SELECT count(*) AS notes FROM note')).toEqual({ notes: 600 });
  });

  it('are closed with nothing left to do, and can be removed while their log is copied', async () => {
    const installation = new SqliteInstallation(folder.path, surroundings, {
      logOctets,
      checkpointer: new Checkpointer((fault) => faults.push(fault), new CheckpointThread(program)),
    });
    for (const id of ['kept', 'removed']) {
      await installation.addSite(id, '');
      const { store } = await installation.site(id);
      await commit(store, ...Array.from({ length: 300 }, (_, at) => write(`${at}`, { document: 'x'.repeat(2_000) })));
    }
    await installation.removeSite('removed');
    expect(existsSync(join(folder.path, 'sites/removed.sqlite'))).toBe(false);
    await installation[Symbol.asyncDispose]();
    const again = new SqliteInstallation(folder.path, surroundings);
    expect((await (await again.site('kept')).store.head()).seq).toBe(300);
    await again[Symbol.asyncDispose]();
    expect(existsSync(join(folder.path, 'sites/removed.sqlite'))).toBe(false);
    expect(faults).toEqual([]);
  });
});
