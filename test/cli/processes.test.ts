import type { ChildProcessByStdio } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace } from './run-concord.ts';

const root = join(import.meta.dirname, '../..');
const command = join(root, 'dist/src/cli/concord.js');

interface Process extends AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves when it has printed this. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
}

let place: Workplace;
const running: Process[] = [];
beforeAll(() => {
  // What has not changed since is not built again.
  spawnSync('npm', ['run', '--silent', 'build'], { cwd: root });
}, 120_000);
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each[Symbol.asyncDispose]()));
  place[Symbol.dispose]();
});

function run(script: string, argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Process {
  // Nothing of the machine's own settings: a proxy or a password there must not decide what a test says.
  const env = { PATH: process.env['PATH'] ?? '', CONCORD_DATA: place.data, ...environment };
  const child = spawn(process.execPath, [script, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  const waiting = new Set<() => void>();
  const grow = () => waiting.forEach((look) => look());
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
    grow();
  });
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const started: Process = {
    child,
    out: () => out,
    err: () => err,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(out);
          if (found !== null) resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then((code) => reject(new TypeError(`ended with ${code} before it printed ${pattern}: ${err}`)));
      }),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  running.push(started);
  return started;
}

function concord(...argv: readonly string[]): Process {
  return run(command, argv);
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Holds: it listens at a port, not at a pipe.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function basic(user: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe('the command', () => {
  it('is executable as the build leaves it, so that npx can run it', () => {
    expect(spawnSync(command, ['--version']).status).toBe(0);
  });
});

describe('npm start -- --example', { timeout: 60_000 }, () => {
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
    expect(second.err()).toMatch(/port \d+ is in use[^]*--port[^]*CON-C002/);

    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    const again = concord('start', '--port', `${port}`);
    await again.printed(/User: admin\n/);
    expect(again.out()).not.toContain('Password');
    await fetch(`http://localhost:${port}/healthz`);
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
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

describe('a sync whose process is killed', { timeout: 60_000 }, () => {
  it('does not keep the next one waiting', async () => {
    const port = await freePort();
    // A publisher that never answers, so that the kill comes in the middle.
    const deaf = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    // Holds: it listens at a port, not at a pipe.
    const address = `http://localhost:${(deaf.address() as AddressInfo).port}`;
    const server = concord('start', '--example', '--port', `${port}`);
    await server.printed(/Password: /);
    await place.must(['subscribe', 'cps_client', 'Repository', '--publication-url', `${address}/cps`]);
    const asked = once(deaf, 'request');
    const killed = concord('sync', 'cps_client', 'Repository');
    await asked;
    const beside = await place.run(['sync', 'cps_client', 'Repository']);
    expect(beside.err).toContain('CON-E001');
    killed.child.kill('SIGKILL');
    await killed.ended;
    deaf.closeAllConnections();
    deaf.close();
    await place.must(['subscribe', 'cps_client', 'Repository', '--publication-url', `http://localhost:${port}/cps`]);
    expect((await place.must(['sync', 'cps_client', 'Repository'])).out).toContain('is synchronised');
  });
});

describe('web, worker and clock as processes of their own', { timeout: 60_000 }, () => {
  it('synchronise by schedule together, and stop when they are asked to', async () => {
    const port = await freePort();
    const example = concord('start', '--example', '--port', `${port}`);
    await example.printed(/Password: /);
    example.child.kill('SIGTERM');
    await example.ended;
    await place.must(['subscribe', 'cps_client', 'Repository', '--schedule', '* * * * * *']);
    const web = run(join(root, 'dist/workers/web.js'), [], { CONCORD_PORT: `${port}` });
    await web.printed(/Address: /);
    const worker = run(join(root, 'dist/workers/worker.js'), []);
    const clock = run(join(root, 'dist/workers/clock.js'), []);
    await expect
      .poll(async () => (await place.must(['status', 'cps_client'])).out, { timeout: 30_000, interval: 200 })
      .toContain('/portal_repository: agreed');
    for (const each of [web, worker, clock]) each.child.kill('SIGTERM');
    expect(await Promise.all([web.ended, worker.ended, clock.ended])).toEqual([0, 0, 0]);
  });

  it('end with 78 and start nothing when the configuration is wrong', async () => {
    const worker = run(join(root, 'dist/workers/worker.js'), [], { CONCORD_PORT: 'high' });
    expect(await worker.ended).toBe(78);
    expect(worker.err()).toContain('CONCORD_PORT');
  });
});
