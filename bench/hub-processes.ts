import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProcess, freePort, notToBeLeft } from './servers.ts';

/** How the hub is run: as `concord start`, which is all in one, or as the Procfile's processes. */
export type HubShape = 'one' | 'shared';

/** What the processes of one role have used since they were started. */
export interface RoleUsed {
  readonly role: string;
  readonly processes: number;
  readonly cpuMs: number;
  readonly residentMegabytes: number;
}

interface Started {
  readonly role: string;
  readonly child: ChildProcess;
}

// Compiled, this file stands in dist/bench/.
const built = join(import.meta.dirname, '..');
const patienceMs = 40_000;
/** Of a clock tick, the unit of proc_pid_stat(5): 100 a second on all that Linux runs on. */
const tickMs = 10;

/** The processes of an installation that serve a hub: real ones, started as an operator would. Disposing stops them as an operator would, too. */
export class HubProcesses implements AsyncDisposable {
  readonly origins: readonly string[];
  readonly #started: readonly Started[];

  private constructor(origins: readonly string[], started: readonly Started[]) {
    this.origins = origins;
    this.#started = started;
  }

  static async start(shape: HubShape, environment: Readonly<Record<string, string>>): Promise<HubProcesses> {
    const started: Started[] = [];
    const run = (
      role: string,
      program: readonly string[],
      own: Readonly<Record<string, string>> = {},
    ): ChildProcess => {
      const env = { PATH: process.env['PATH'] ?? '', ...environment, ...own };
      const stdio = ['ignore', 'pipe', 'inherit'] as const;
      const child = spawn(process.execPath, [join(built, program[0] ?? ''), ...program.slice(1)], {
        env,
        stdio: [...stdio],
      });
      started.push({ role, child: notToBeLeft(child) });
      return child;
    };
    const web = async (role: string, program: readonly string[]): Promise<string> =>
      addressOf(run(role, program, { CONCORD_PORT: `${await freePort()}` }));
    try {
      if (shape === 'one')
        return new HubProcesses([await web('concord start', ['src/cli/concord.js', 'start'])], started);
      // One after the other: the first one brings the store to its form.
      const origins = [await web('web', ['workers/web.js']), await web('web', ['workers/web.js'])];
      for (const role of ['worker', 'worker', 'clock']) run(role, [`workers/${role}.js`]).stdout?.resume();
      return new HubProcesses(origins, started);
    } catch (error) {
      for (const { child } of started) child.kill('SIGKILL');
      throw error;
    }
  }

  /** By role. Where the system is not Linux, nothing is known of other processes. */
  used(): readonly RoleUsed[] {
    const roles = [...new Set(this.#started.map(({ role }) => role))];
    return roles.map((role) => {
      const of = this.#started.filter((each) => each.role === role).map(({ child }) => usedBy(child));
      const sum = (name: 'cpuMs' | 'residentMegabytes'): number => of.reduce((total, each) => total + each[name], 0);
      return { role, processes: of.length, cpuMs: sum('cpuMs'), residentMegabytes: sum('residentMegabytes') };
    });
  }

  /** Whether one has ended by itself, which none should. */
  get hasLost(): boolean {
    return this.#started.some(({ child }) => child.exitCode !== null || child.signalCode !== null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.map(({ child }) => endProcess(child, () => child.kill('SIGTERM'), patienceMs)));
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the output of the process is not read');
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^Address: .*:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout.resume();
    return `http://127.0.0.1:${port}`;
  }
  throw new Error('a process of the hub ended before it listened');
}

function usedBy({ pid }: ChildProcess): Pick<RoleUsed, 'cpuMs' | 'residentMegabytes'> {
  if (process.platform !== 'linux' || pid === undefined) return { cpuMs: Number.NaN, residentMegabytes: Number.NaN };
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything, the state is the first field; user and system time are the twelfth and the thirteenth.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs, residentMegabytes: kilobytes / 1024 };
}
