import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSiteDatabase, SqliteSiteStore } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import { topGid } from '../../../src/objects/gid.ts';
import { commit, findBrokenLink, write } from '../../contract/site-data.ts';
import { builtCheckpointProgram } from './built-checkpoint-program.ts';
import { surroundings, temporaryFolder } from './sqlite-fixture.ts';

const batchSize = 40;
const batchesBeforeKill = 25;

/** Starts a process that writes to the file, and resolves when it has committed some batches. */
async function writer(file: string, number: number, program: URL): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'write-until-killed.js');
  const child = spawn(process.execPath, [script, file, String(number), program.href], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    let committed = 0;
    child.on('exit', () => reject(new RangeError('The writer ended by itself')));
    child.stdout.on('data', (dots: Buffer) => {
      committed += dots.length;
      if (committed >= batchesBeforeKill) resolve();
    });
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('a site whose writers are killed', () => {
  it('opens again, with whole batches only, without a gap, and with hashes that hold', async () => {
    const folder = temporaryFolder();
    const file = join(folder.path, 'site.sqlite');
    const program = builtCheckpointProgram(folder.path);
    // Two at once, on a file that neither has made before.
    const children = await Promise.all([1, 2].map(async (number) => writer(file, number, program)));
    await Promise.all(children.map(kill));
    const store = new SqliteSiteStore(openSiteDatabase(file), 'cps', surroundings);
    const { seq } = await store.head();
    expect(seq).toBeGreaterThan(0);
    expect(seq % batchSize).toBe(0);
    expect(await findBrokenLink(store)).toBeUndefined();
    expect(await store.countChildren(topGid)).toBe(seq);
    const [collection] = await store.collections();
    const range = { collection: collection?.number ?? 0, after: 0, upTo: seq };
    expect(await store.countChanges(range, 'present')).toBe(seq);
    await commit(store, write('after'));
    expect((await store.head()).seq).toBe(seq + 1);
    await store[Symbol.asyncDispose]();
    folder.remove();
  });
});
