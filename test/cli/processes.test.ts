import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConcordProcess } from '../servers/concord-process.ts';
import { freePort, Processes } from '../servers/concord-process.ts';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace } from './run-concord.ts';

const root = join(import.meta.dirname, '../..');
// Parsed from our own file, whose format npm defines: where npm takes the command from.
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly bin: { concord: string } };
const command = join(root, bin.concord);

let place: Workplace;
let processes: Processes;
beforeAll(() => {
  // What has not changed since is not built again.
  spawnSync('npm', ['run', '--silent', 'build'], { cwd: root });
});
beforeEach(() => {
  place = makeWorkplace();
  processes = new Processes({ CONCORD_DATA: place.data });
});
afterEach(async () => {
  await processes[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

function concord(...argv: readonly string[]): ConcordProcess {
  return processes.command(...argv);
}

function basic(user: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe('the command', () => {
  it('can be executed, as npx does', () => {
    expect(spawnSync(command, ['--version']).status).toBe(0);
  });

  it('says so, and is no missing command to npm, before it is built', () => {
    const copy = join(place.folder, 'bin');
    mkdirSync(copy);
    copyFileSync(command, join(copy, 'concord.mjs'));
    const { status, stderr } = spawnSync(join(copy, 'concord.mjs'), { encoding: 'utf8' });
    expect(status).toBe(75);
    expect(stderr).toContain('npm run build');
  });
});

describe('npm start -- --example', () => {
  it('tells address, user and password before it answers, and gives an example that works', async () => {
    const port = await freePort();
    const server = concord('start', '--example', '--port', `${port}`);
    const [printed, address, password = ''] = await server.printed(
      /^Address: (\S+)\nUser: admin\nPassword: (\S+)\n[^]*asXML\n/,
    );
    expect(address).toBe(`http://localhost:${port}`);
    expect(printed).toContain('sync cps_client Repository');
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200);
    const headers = basic('admin', password);
    const person = `http://localhost:${port}/cps/portal_repository/people/p-001/asXML`;
    expect((await fetch(person)).status).toBe(401);
    expect(await (await fetch(person, { headers })).text()).toContain('Mirela');

    const sync = concord('sync', 'cps_client', 'Repository');
    expect(await sync.ended).toBe(0);
    const copy = person.replace('/cps/', '/cps_client/');
    expect(await (await fetch(copy, { headers })).text()).toBe(await (await fetch(person, { headers })).text());

    const second = concord('start', '--port', `${port}`);
    expect(await second.ended).toBe(78);
    expect(second.err).toMatch(/port \d+ is in use[^]*--port[^]*CON-C002/);

    expect(await server.stop()).toBe(0);
    const again = concord('start', '--port', `${port}`);
    await again.printed(/User: admin\n/);
    expect(again.out).not.toContain('Password');
    await fetch(`http://localhost:${port}/healthz`);
    expect(await again.stop('SIGINT')).toBe(0);
  });

  it('leaves activities to the loop of the seed with --no-clock', async () => {
    const port = await freePort();
    const server = concord('start', '--example', '--no-clock', '--port', `${port}`);
    const [, password = ''] = await server.printed(/Password: (\S+)\n/);
    const site = `http://localhost:${port}/cps_client`;
    const headers = basic('admin', password);
    await fetch(`${site}/api/v1/subscriptions/Repository/sync`, { method: 'POST', headers });
    const activities = async () => (await fetch(`${site}/portal_activities`, { headers })).text();
    expect(await activities()).toContain('synchronize');
    await fetch(`${site}/portal_activities/distribute?node_count:int=1`, { headers });
    const tic = await fetch(`${site}/portal_activities/tic?processing_node:int=1`, { headers });
    expect(await tic.text()).toContain('1 done');
    expect((await fetch(`${site}/portal_repository/people/p-001/asXML`, { headers })).status).toBe(200);
  });
});

describe('a sync whose process is killed', () => {
  it('does not keep the next one waiting', async () => {
    const port = await freePort();
    // A publisher that never answers, so that the kill comes in the middle.
    const deaf = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    // Holds: it listens at a port, not at a pipe.
    const address = `http://localhost:${(deaf.address() as AddressInfo).port}`;
    const server = concord('start', '--example', '--port', `${port}`);
    await server.printed(/Password: /);
    const environment = { CONCORD_PASSWORD: 'of the office' };
    await place.must(['user', 'add', 'office', '--site', 'cps', '--role', 'Synchronizer'], { environment });
    const takeFrom = ['subscribe', 'cps_client', 'Repository', '--user', 'office', '--publication-url'];
    await place.must([...takeFrom, `${address}/cps`], { environment });
    const asked = once(deaf, 'request');
    const killed = concord('sync', 'cps_client', 'Repository');
    await asked;
    const beside = await place.run(['sync', 'cps_client', 'Repository']);
    expect(beside.err).toContain('CON-E001');
    await killed.kill();
    deaf.closeAllConnections();
    deaf.close();
    await place.must([...takeFrom, `http://localhost:${port}/cps`], { environment });
    expect((await place.must(['sync', 'cps_client', 'Repository'])).out).toContain('is synchronised');
  });
});

describe('web, worker and clock as processes of their own', () => {
  it('synchronise by schedule together, and stop when they are asked to', async () => {
    const port = await freePort();
    const example = concord('start', '--example', '--port', `${port}`);
    await example.printed(/Password: /);
    await example.stop();
    await place.must(['subscribe', 'cps_client', 'Repository', '--schedule', '* * * * * *']);
    const web = processes.start('web', { CONCORD_PORT: `${port}` });
    await web.printed(/Address: /);
    const worker = processes.start('worker');
    const clock = processes.start('clock');
    await expect
      .poll(async () => (await place.must(['status', 'cps_client'])).out, { interval: 200 })
      .toContain('/portal_repository: agreed');
    expect(await Promise.all([web, worker, clock].map((each) => each.stop()))).toEqual([0, 0, 0]);
  });

  it('end with 78 and start nothing when the configuration is wrong', async () => {
    const worker = processes.start('worker', { CONCORD_PORT: 'high' });
    expect(await worker.ended).toBe(78);
    expect(worker.err).toContain('CONCORD_PORT');
  });
});
