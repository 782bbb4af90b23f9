/**
 * Runs a benchmark: `npm run bench -- [sync | xupdate | mail | pages | store | hub | listeners | activities] [options]`. Each prints its figures, and most write them as JSON; without a name it is the sync.
 */
const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  sync: () => import('./sync.ts'),
  xupdate: () => import('./xupdate.ts'),
  mail: () => import('./mail.ts'),
  pages: () => import('./pages.ts'),
  store: () => import('./store.ts'),
  hub: () => import('./hub.ts'),
  listeners: () => import('./listeners.ts'),
  activities: () => import('./activities.ts'),
};

const named = benchmarks[process.argv[2] ?? ''];
// What is left are the options of the benchmark.
if (named !== undefined) process.argv.splice(2, 1);
await (named ?? (() => import('./sync.ts')))();
