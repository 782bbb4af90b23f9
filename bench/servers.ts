import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that keeps sites or queues, for as long as a benchmark needs it. Disposing ends it, where it is ours. */
export interface Server extends AsyncDisposable {
  readonly url: string;
}

// Compiled, this file stands in dist/bench/.
const mongoDbProgram = join(import.meta.dirname, '../../node_modules/.cache/concord/mongodb-peer');
const graceMs = 5_000;

const left = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of left) child.kill('SIGKILL');
});

/** Sees to it that a process does not outlive this one, however that ends by itself. */
export function notToBeLeft<Child extends ChildProcess>(child: Child): Child {
  left.add(child);
  child.once('exit', () => left.delete(child));
  return child;
}

/** The server of MONGODB_URL, or the one that `.ci/run` builds, in a folder of its own; undefined where there is neither. */
export async function startMongoDb(): Promise<Server | undefined> {
  const given = process.env['MONGODB_URL'] ?? '';
  if (given !== '') return { url: given, [Symbol.asyncDispose]: async () => undefined };
  if (!existsSync(mongoDbProgram)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'concord-bench-mongodb-'));
  const child = notToBeLeft(spawn(mongoDbProgram, [folder], { stdio: ['pipe', 'pipe', 'inherit'] }));
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  // It ends with its input, when this process is killed, too.
  return { url, [Symbol.asyncDispose]: async () => ended(child, folder, () => child.stdin.end()) };
}

/** The server that a variable of the environment names, or a `redis-server` in a folder of its own; undefined where there is neither. */
export async function startRedis(variable: 'REDIS_URL' | 'QUEUE_URL'): Promise<Server | undefined> {
  const given = process.env[variable] ?? '';
  if (given !== '') return { url: given, [Symbol.asyncDispose]: async () => undefined };
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'concord-bench-redis-'));
  const port = await freePort();
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const child = notToBeLeft(spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'ignore'] }));
  for await (const part of child.stdout as AsyncIterable<Buffer>)
    if (part.toString().includes('Ready to accept connections')) break;
  const url = `redis://127.0.0.1:${port}`;
  return { url, [Symbol.asyncDispose]: async () => ended(child, folder, () => child.kill('SIGTERM')) };
}

/** A port of this machine that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Asks a process to end; one that does not is killed, so that no benchmark waits for ever. */
export async function endProcess(child: ChildProcess, ask: () => void, patienceMs = graceMs): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  ask();
  const late = new AbortController();
  const isLate = sleep(patienceMs, true, { signal: late.signal }).catch(() => false);
  if ((await Promise.race([exit, isLate])) === true) child.kill('SIGKILL');
  await exit;
  late.abort();
}

async function ended(child: ChildProcess, folder: string, ask: () => void): Promise<void> {
  await endProcess(child, ask);
  rmSync(folder, { recursive: true, force: true });
}
