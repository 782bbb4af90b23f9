import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../concord-process.ts';

/** Whether the machine has a Redis server to test with. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis server of our own, in a folder of its own, at a free port of this machine. It forgets nothing when it is killed. Disposing ends it. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

export async function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-redis-'));
  const port = await freePort();
  const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
  const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder];
  let end: () => Promise<void> = async () => undefined;
  const start = async (): Promise<void> => {
    const child = spawn('redis-server', [...place, ...durable, ...settings], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(child, 'exit');
    end = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    let said = '';
    for await (const part of child.stdout as AsyncIterable<Buffer>) {
      said += part.toString();
      if (said.includes('Ready to accept connections')) break;
    }
    if (!said.includes('Ready to accept connections')) throw new TypeError(`Redis does not start: ${said}`);
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => end(),
    start,
    [Symbol.asyncDispose]: async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
