import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const root = join(import.meta.dirname, '../..');

/** The processes that a test has started. Disposing ends them. */
export class Processes implements AsyncDisposable {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #running = new Set<ConcordProcess>();

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  /** Starts one of `workers/`, which must have been built. */
  start(worker: 'web' | 'worker' | 'clock', environment: Readonly<Record<string, string>> = {}): ConcordProcess {
    return this.#run([`dist/workers/${worker}.js`], environment);
  }

  /** Starts a command of `concord`, which must have been built. */
  command(...argv: readonly string[]): ConcordProcess {
    return this.#run(['dist/src/cli/concord.js', ...argv], {});
  }

  #run([script = '', ...argv]: readonly string[], environment: Readonly<Record<string, string>>): ConcordProcess {
    // Nothing of the machine's own settings: a proxy or a password there must not decide what a test says.
    const env = { PATH: process.env['PATH'] ?? '', ...this.#environment, ...environment };
    const child = spawn(process.execPath, [join(root, script), ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = new ConcordProcess(child);
    this.#running.add(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((each) => each.kill()));
  }
}

/** A process of Concord, and what it has said so far. */
export class ConcordProcess {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #waiting = new Set<() => void>();
  #out = '';
  #err = '';

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#child = child;
    child.stdout.on('data', (part: Buffer) => {
      this.#out += part.toString();
      for (const look of this.#waiting) look();
    });
    child.stderr.on('data', (part: Buffer) => {
      this.#err += part.toString();
    });
    // Holds: the first of what `close` says is the exit code, or null after a signal.
    this.ended = once(child, 'close').then(([code]) => code as number | null);
  }

  get out(): string {
    return this.#out;
  }

  get err(): string {
    return this.#err;
  }

  /** Resolves when it has printed this. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#out);
        if (found !== null) resolve(found);
      };
      this.#waiting.add(look);
      look();
      void this.ended.then((code) => {
        reject(new TypeError(`ended with ${code} before it printed ${pattern}: ${this.#err}`));
      });
    });
  }

  /** Without a chance to finish anything. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** As a supervisor stops it, or a person with Ctrl-C. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** A port of this machine that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Holds: it listens at a port, not at a pipe.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
