import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
export async function concord(argv: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
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
    run,
    must: async (argv, surroundings) => {
      const ran = await run(argv, surroundings);
      if (ran.code !== 0) throw new TypeError(`concord ${argv.join(' ')} ended with ${ran.code}: ${ran.err}${ran.out}`);
      return ran;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
