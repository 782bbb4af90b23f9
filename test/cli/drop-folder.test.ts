import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace, startServer } from './run-concord.ts';
import { until } from '../mail/servers/server-processes.ts';

const environment = { CONCORD_PASSWORD: 'a:b c' };
let place: Workplace;
let stick: string;

beforeEach(async () => {
  place = makeWorkplace();
  stick = join(place.folder, 'stick');
  mkdirSync(stick);
  mkdirSync(join(place.folder, 'records'));
  writeFileSync(join(place.folder, 'records', 'anna.xml'), '<person><name>anna</name></person>');
  await place.must(['site', 'add', 'cps']);
  await place.must(['site', 'add', 'cps_client']);
  await place.must(['import', 'cps', '/portal_repository', join(place.folder, 'records')]);
  await place.must(['user', 'add', 'sync', '--site', 'cps', '--role', 'Synchronizer'], { environment });
  const url = pathToFileURL(stick).href;
  await place.must(['publish', 'cps', 'Repository', '--path', '/portal_repository', '--url', url]);
  await place.must(
    [
      ...['subscribe', 'cps_client', 'Repository', '--path', '/portal_repository', '--user', 'sync'],
      ...['--publication-url', url, '--subscription-url', 'http://localhost:9673/cps_client/Repository'],
    ],
    { environment },
  );
});

afterEach(() => {
  place[Symbol.dispose]();
});

const sync = () => place.must(['sync', 'cps_client', 'Repository']);

describe('concord sync over a folder', () => {
  it('says what to carry where, and shows that it waits', async () => {
    const { out } = await sync();
    const [name] = readdirSync(join(stick, 'to-publisher'));
    expect(out).toContain('handed over');
    expect(out).toContain(`Carry ${join(stick, 'to-publisher', name ?? '')} to the publisher`);
    const { out: shown } = await place.must(['status', 'cps_client']);
    expect(shown).toContain('waiting for an answer since');
    expect(shown).not.toContain('failed for');
  });

  // It is looked at once a minute: what is noticed sooner was told.
  it(
    'is noticed by a running server as soon as a message lies there, not by looking',
    { timeout: 50_000 },
    async () => {
      writeFileSync(join(place.data, 'concord.json'), JSON.stringify({ activities: { pollMs: 60_000 } }));
      await using _server = await startServer(place);
      await sync();
      await until(async () => (await place.must(['status', 'cps_client'])).out.includes('agreed'));
    },
  );

  it('goes on with what the publisher put there', async () => {
    await sync();
    await place.must(['tic', 'cps']);
    const { out } = await sync();
    expect(out).toContain('is synchronised');
    // The folder of the path is there before; the object has come.
    expect(out).toContain('1 created');
    const { out: shown } = await place.must(['status', 'cps_client']);
    expect(shown).toContain('agreed');
  });

  it('says that a folder is not there, and goes on when it is', async () => {
    rmSync(stick, { recursive: true });
    const ran = await place.run(['sync', 'cps_client', 'Repository']);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('CON-T006');
    mkdirSync(stick);
    await sync();
    await place.must(['tic', 'cps']);
    expect((await sync()).out).toContain('is synchronised');
  });

  it('gives no preview, because nobody answers at once', async () => {
    const ran = await place.run(['sync', 'cps_client', 'Repository', '--preview']);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('answers at once');
    expect(readdirSync(stick)).toEqual([]);
  });

  it('refuses a folder of another machine', async () => {
    const ran = await place.run(['publish', 'cps', 'Repository', '--url', 'file://elsewhere/share']);
    expect(ran.err).toContain('CON-R008');
  });
});
