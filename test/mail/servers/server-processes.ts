import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Where programs of mail servers are, beside the PATH. */
const folders = ['/usr/sbin', '/usr/bin', '/usr/lib/dovecot'];

/** The first place where the program is; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  return folders.map((folder) => `${folder}/${name}`).find((path) => spawnSync('test', ['-x', path]).status === 0);
}

/** The title of tests that need programs: says what is missing. */
export function titleWith(title: string, programs: Readonly<Record<string, string | undefined>>): string {
  const missing = Object.keys(programs).filter((name) => programs[name] === undefined);
  return missing.length === 0 ? title : `${title} (skipped: ${missing.join(', ')} not installed)`;
}

/** Servers must not run as root where they may run as somebody else. */
export const unprivileged = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A port that nobody listens at now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Resolves when somebody listens there. */
export async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (isThere) return;
    await wait(50);
  }
  throw new TypeError(`nobody listens at ${port}`);
}

/** Resolves when it has become so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await isSo()) return;
    await wait(50);
  }
  throw new TypeError('it did not become so');
}

/** A server that stays in the foreground, and is ended by its number. */
export function startForeground(program: string, args: readonly string[]): AsyncDisposable {
  const child: ChildProcess = spawn(program, args, { ...unprivileged, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
