import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteDatabase } from '../../src/adapters/sqlite/sqlite-database.ts';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace } from './run-concord.ts';

let place: Workplace;
beforeEach(async () => {
  place = makeWorkplace();
  await place.must(['site', 'add', 'cps']);
  await place.must(['site', 'add', 'cps_client']);
});
afterEach(() => {
  place[Symbol.dispose]();
});

const siteFile = () => join(place.data, 'sites/cps.sqlite');

/** Marks a database as one that knows many more migrations. */
function makeNewer(file: string): void {
  const future = Array.from({ length: 99 }, () => '');
  new SqliteDatabase(file, future).close();
}

describe('a data directory of a newer version', () => {
  it.each(['sites/cps.sqlite', 'installation.sqlite'])('is not served, when that is seen by %s', async (file) => {
    makeNewer(join(place.data, file));
    const started = await place.run(['start', '--port', '0']);
    expect(started).toMatchObject({ code: 1, out: '' });
    expect(started.err).toMatch(/newer version.*CON-D003/s);
    expect((await place.run(['status', 'cps'])).err).toContain('CON-D003');
  });
});

describe('a site that is damaged', () => {
  it('is a finding of the doctor, who looks at the others all the same', async () => {
    writeFileSync(siteFile(), 'no database, but something '.repeat(1000));
    const seen = await place.run(['doctor', '--json']);
    expect(seen.code).toBe(1);
    expect(seen.json()).toContainEqual(expect.objectContaining({ site: 'cps', check: 'store', state: 'fault' }));
    expect(seen.json()).toContainEqual(expect.objectContaining({ site: 'cps_client', check: 'log', state: 'fine' }));
    expect((await place.run(['history', 'cps', '/'])).err).toMatch(/restore the last backup.*CON-D004/s);
  });
});

describe('the file of a site from another installation', () => {
  it('is refused, told by the doctor, and the site here once that is what is wanted', async () => {
    using other = makeWorkplace();
    await other.must(['site', 'add', 'cps']);
    await other.must(['import', 'cps', '/', other.put('files/theirs.xml', '<a/>')]);
    const [theirs] = (await other.must(['doctor'])).out.match(/of the installation \S+/) ?? ['unknown'];
    // With its log: this process, which ran the command, may not have let go of it.
    for (const suffix of ['', '-wal', '-shm']) {
      const file = join(other.data, 'sites/cps.sqlite') + suffix;
      rmSync(siteFile() + suffix, { force: true });
      if (existsSync(file)) copyFileSync(file, siteFile() + suffix);
    }
    expect((await place.run(['history', 'cps', '/'])).err).toMatch(/another installation.*--new-identity.*CON-D012/s);
    const seen = await place.run(['doctor']);
    expect(seen).toMatchObject({ code: 1 });
    expect(seen.out).toMatch(new RegExp(`fault +cps +store .*cps\\.sqlite.*${theirs}.*CON-D012`));
    expect(seen.out).toMatch(/fine +cps_client +log/);
    await place.must(['doctor', '--new-identity']);
    expect((await place.must(['doctor'])).out).toMatch(/fine +cps +tree +1 objects/);
  });
});

describe('what cannot be used', () => {
  it('is named: a file of authorities without any', async () => {
    const file = join(place.folder, 'ca.pem');
    writeFileSync(file, 'no certificate');
    const ran = await place.run(['status', 'cps'], { environment: { CONCORD_CA_FILE: file } });
    expect(ran).toMatchObject({ code: 78, out: '' });
    expect(ran.err).toMatch(/caFile.*ca\.pem.*CON-C001/s);
  });

  it('is named: a backup that is none', async () => {
    const file = join(place.folder, 'backup');
    writeFileSync(file, 'something else '.repeat(99));
    for (const from of [file, join(place.folder, 'nowhere')]) {
      const ran = await place.run(['restore', from, '--replace']);
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(ran.err).toMatch(/no backup.*CON-D007/s);
    }
    expect((await place.must(['site', 'list'])).out).toContain('cps_client');
  });

  it('is named: a directory that is not empty', async () => {
    const file = join(place.folder, 'backup');
    await place.must(['backup', file]);
    expect((await place.run(['restore', file])).err).toContain('--replace');
  });
});
