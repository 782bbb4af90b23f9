/** Runs a benchmark: `npm run bench -- [NAME] [options]`. Each prints its figures, and most write them as JSON; without a name it is the sync. */
import { fork } from 'node:child_process';

interface Benchmark {
  readonly options: string;
  /** What the engine is told in the process that asks, and not in those that are measured. */
  readonly flags?: readonly string[];
  readonly run: () => Promise<unknown>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  sync: {
    options: '[--runs N] [--documents N] [--quick] [--no-peer] [--no-scale] [--json FILE] [--profile PREFIX]',
    run: () => import('./sync.ts'),
  },
  xupdate: {
    options: '[--rounds N] [--only NAME,…] [--quick] [--no-peers] [--no-growth] [--json FILE]',
    run: () => import('./xupdate.ts'),
  },
  mail: { options: '[--documents N] [--runs N] [--quick] [--json FILE]', run: () => import('./mail.ts') },
  pages: { options: '[--quick] [--json FILE]', run: () => import('./pages.ts') },
  store: {
    options: '[--documents N] [--runs N] [--json FILE] [--profile PREFIX]',
    run: () => import('./store.ts'),
  },
  hub: {
    options: `[--parts quiet,one,shared,mongodb] [--objects N] [--subscribers N] [--sessions N] [--seconds N] [--syncs N] [--fan-out N]
      [--mongodb-objects N] [--limit SECONDS] [--quick] [--json FILE] [--profile PREFIX]`,
    // Ten thousand subscribers are in one process, which would collect garbage where each of them has a machine of its own, and take the hub's processors for it.
    flags: ['--min-semi-space-size=64', '--max-semi-space-size=64'],
    run: () => import('./hub.ts'),
  },
  listeners: { options: '', run: () => import('./listeners.ts') },
  activities: { options: '[--activities N] [--runs N] [--json FILE]', run: () => import('./activities.ts') },
};

const usage = `Usage: npm run bench -- [NAME] [options]\n${Object.entries(benchmarks)
  .map(([name, { options }]) => `  ${name} ${options}`)
  .join('\n')}`;

const [, , name = 'sync', ...rest] = process.argv;
const named = benchmarks[name];
// What is left are the options of the benchmark.
if (named !== undefined) process.argv.splice(2, 1);

if ([name, ...rest].includes('--help')) console.log(usage);
else if (named === undefined && !name.startsWith('-')) refuse(`There is no benchmark “${name}”`);
else if (named?.flags !== undefined && process.execArgv.length === 0) runWith(named.flags, [name, ...rest]);
else await (named?.run ?? (() => import('./sync.ts')))().catch(refuseOptions);

/** Runs it in a process whose engine is told so. */
function runWith(flags: readonly string[], options: readonly string[]): void {
  const child = fork(import.meta.filename, options, { execArgv: [...flags] });
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
  // A terminal tells both, and others only this one.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill());
}

/** Says what is wrong with an option, as Node's own parser of options found it. */
function refuseOptions(error: unknown): void {
  const isOption = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!isOption) throw error;
  refuse(error.message);
}

function refuse(reason: string): void {
  console.error(`${reason}\n${usage}`);
  process.exitCode = 2;
}
