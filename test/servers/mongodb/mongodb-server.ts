import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe } from 'vitest';

/** What `.ci/run` builds out of test/peers/mongodb. */
const program = join(import.meta.dirname, '../../../node_modules/.cache/concord/mongodb-peer');
const given = process.env['MONGODB_URL'];

/** A server that the tests may fill. */
export interface TestServer {
  /** The address of a database of its own, which has nothing in it. */
  readonly freshUrl: () => string;
  /** Ends the server, as a kill would; undefined where the server is not ours. */
  readonly kill: (() => Promise<void>) | undefined;
}

/** Whether there is a server: MONGODB_URL names one, or one was built. */
export const hasMongoDb = (given ?? '') !== '' || existsSync(program);

let databases = 0;

function urlIn(base: string): string {
  const url = new URL(base);
  url.pathname = `/concord-test-${String(process.pid)}-${String(Date.now())}-${String(++databases)}`;
  return url.href;
}

/** Starts a server of one's own, or uses the one that MONGODB_URL names. */
export async function startMongoDb(): Promise<TestServer & AsyncDisposable> {
  if (given !== undefined && given !== '') {
    return { freshUrl: () => urlIn(given), kill: undefined, [Symbol.asyncDispose]: async () => undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), 'concord-mongodb-'));
  // It ends with its input: when this process is killed, too.
  const child = spawn(program, [folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const base = await firstLine(child);
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  };
  return {
    freshUrl: () => urlIn(base),
    kill: end,
    [Symbol.asyncDispose]: async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) return '';
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new TypeError('The MongoDB server did not start');
}

/** Tests that need a server; they are skipped by name where there is none. */
export function describeWithMongoDb(title: string, tests: (freshUrl: () => string) => void): void {
  const name = hasMongoDb ? title : `${title} (skipped: no MongoDB server: set MONGODB_URL, or let .ci/run build one)`;
  describe.skipIf(!hasMongoDb)(name, () => {
    let server: (TestServer & AsyncDisposable) | undefined;
    beforeAll(async () => {
      server = await startMongoDb();
    });
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
    });
    tests(() => server?.freshUrl() ?? '');
  });
}
