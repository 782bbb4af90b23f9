import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace } from './run-concord.ts';

const disks: string[] = [];
const mayMount = smallDisk() !== undefined;
const isRoot = process.getuid?.() === 0;

function mount(...options: readonly string[]): boolean {
  try {
    execFileSync('mount', options, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A disk of its own, in memory; undefined where one may not make one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'concord-small-disk-'));
  if (!mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder)) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  disks.push(folder);
  return folder;
}

let place: Workplace;
beforeEach(async () => {
  place = makeWorkplace();
  await place.must(['site', 'add', 'cps']);
  const file = join(place.folder, 'a.xml');
  writeFileSync(file, '<a>here</a>');
  await place.must(['import', 'cps', '/r', file]);
});
afterEach(() => {
  place[Symbol.dispose]();
});
afterAll(() => {
  for (const disk of disks) {
    // The driver lets go of files only when it is collected.
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true });
  }
});

/** Writes what is in the logs into the files, and puts away what commands of this process have left beside them. */
function settle(): void {
  for (const name of ['installation.sqlite', 'sites/cps.sqlite']) {
    const database = new DatabaseSync(join(place.data, name));
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
  }
}

/** Puts the data directory on the small disk. */
function moveToSmallDisk(): string {
  settle();
  const small = smallDisk() ?? expect.unreachable('one could be made before');
  const there = mkdtempSync(join(small, 'data-'));
  cpSync(place.data, there, { recursive: true, filter: (name) => !/-(?:wal|shm)$/.test(name) });
  rmSync(place.data, { recursive: true });
  symlinkSync(there, place.data);
  return small;
}

function fill(folder: string): void {
  const file = join(folder, 'filler');
  for (let size = 1_000_000; size >= 1; size = Math.floor(size / 4)) {
    while (statfsSync(folder).bavail > 0) {
      try {
        writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
}

async function expectReadable(): Promise<void> {
  for (const argv of [['status', 'cps'], ['doctor'], ['log', 'cps'], ['conflicts', 'cps']]) {
    const ran = await place.run(argv);
    expect([argv, ran.code, ran.err]).toEqual([argv, 0, expect.stringContaining('It is only read')]);
    expect(ran.err).toContain('installation.sqlite');
  }
  const out = join(place.folder, 'out');
  mkdirSync(out, { recursive: true });
  expect(await place.run(['export', 'cps', '/r', out])).toMatchObject({ code: 0 });
  expect(readdirSync(out)).toEqual(['a.xml']);
  const refused = await place.run(['import', 'cps', '/r', join(place.folder, 'a.xml')]);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch(/CON-D00[26]/);
}

describe.skipIf(!mayMount)('on a full disk (needs to mount a small one)', () => {
  it('what is stored can be shown and exported, and what writes says that the disk is full', async () => {
    const small = moveToSmallDisk();
    fill(small);
    await expectReadable();
    rmSync(join(small, 'filler'));
    expect((await place.run(['status', 'cps'])).err).toBe('');
  });
});

describe.skipIf(!mayMount)('on a disk that is mounted for reading only (needs to mount one)', () => {
  it('what is stored can be shown and exported', async () => {
    expect(mount('-o', 'remount,ro', moveToSmallDisk())).toBe(true);
    await expectReadable();
  });
});

describe.skipIf(isRoot)('in a directory that one may only read (needs a user who is not root)', () => {
  it('what is stored can be shown and exported', async () => {
    const modes = (folder: number, file: number): void => {
      for (const name of ['', 'sites']) chmodSync(join(place.data, name), folder);
      for (const name of ['installation.sqlite', 'lock.sqlite', 'vault.key', 'sites/cps.sqlite'])
        if (existsSync(join(place.data, name))) chmodSync(join(place.data, name), file);
    };
    modes(0o500, 0o400);
    try {
      await expectReadable();
    } finally {
      modes(0o700, 0o600);
    }
  });
});
