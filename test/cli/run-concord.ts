import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

/** What a command printed, and what it ended with. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was printed, read as JSON. */
  readonly json: () => unknown;
}

interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly askPassword?: (question: string) => Promise<string>;
  readonly signal?: AbortSignal;
  readonly onWrite?: (text: string) => void;
}

/** Runs one command in this process, with an environment of its own. */
async function concord(argv: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    environment: surroundings.environment ?? {},
    write: (text) => {
      out += text;
      surroundings.onWrite?.(text);
    },
    complain: (text) => {
      err += text;
    },
    readInput: async () => Buffer.from(surroundings.input ?? ''),
    askPassword: surroundings.askPassword,
    progressStream: undefined,
    signal: surroundings.signal ?? new AbortController().signal,
  };
  const code = await runCommandLine(argv, terminal);
  return { code, out, err, json: () => JSON.parse(out) as unknown };
}

/** A data directory that goes when it is disposed of, and commands on it. */
export interface Workplace extends Disposable {
  readonly folder: string;
  readonly data: string;
  /** Writes a file, with the folders above it, and tells its path. */
  readonly put: (name: string, text: string) => string;
  /** A file's text, without the white space around it. */
  readonly read: (...names: readonly string[]) => string;
  readonly run: (argv: readonly string[], surroundings?: Surroundings) => Promise<Ran>;
  /** Runs a command that must succeed. */
  readonly must: (argv: readonly string[], surroundings?: Surroundings) => Promise<Ran>;
}

export function makeWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'concord-cli-'));
  const data = join(folder, 'data');
  const run = (argv: readonly string[], surroundings: Surroundings = {}) =>
    concord([...argv, '--data', data], surroundings);
  return {
    folder,
    data,
    put: (name, text) => {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    read: (...names) => readFileSync(join(folder, ...names), 'utf8').trim(),
    run,
    must: async (argv, surroundings) => {
      const ran = await run(argv, surroundings);
      if (ran.code !== 0) throw new TypeError(`concord ${argv.join(' ')} ended with ${ran.code}: ${ran.err}${ran.out}`);
      return ran;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A server that runs in this process on a free port, until disposed of. */
export interface RunningStart extends AsyncDisposable {
  readonly address: string;
  /** What it printed before it answered anything. */
  readonly printed: string;
  readonly stop: () => Promise<Ran>;
}

/** Starts a server, as `concord start` does, and waits for its address. */
export async function startServer(place: Workplace, options: readonly string[] = []): Promise<RunningStart> {
  const stop = new AbortController();
  let printed = '';
  let ended: Promise<Ran> | undefined;
  const address = await new Promise<string>((resolve, reject) => {
    const onWrite = (text: string) => {
      printed += text;
      const found = /Address: (\S+)/.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    };
    ended = place.run(['start', '--port', '0', ...options], { signal: stop.signal, onWrite });
    void ended.then((ran) => {
      reject(new TypeError(`start ended with ${ran.code}: ${ran.err}`));
    });
  });
  const end = async () => {
    stop.abort();
    return ended ?? expect.unreachable('it was started');
  };
  return {
    address,
    printed,
    stop: end,
    [Symbol.asyncDispose]: async () => {
      await end();
    },
  };
}
