/** Runs a benchmark: `npm run bench -- [NAME] [options]`. Each prints its figures, and most write them as JSON; without a name it is the sync. */
interface Benchmark {
  readonly options: string;
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
else await (named?.run ?? (() => import('./sync.ts')))().catch(refuseOptions);

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
