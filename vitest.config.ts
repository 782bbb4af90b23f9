import { defineConfig } from 'vitest/config';
import { waiting } from './test/support/waiting.ts';

// What drives a browser, a mail server, a database or a queue of the machine: `npm run test:servers`, skipped by name where that is absent.
const servers = ['test/browser/**/*.test.ts', 'test/mail/servers/**/*.test.ts', 'test/servers/**/*.test.ts'];

export default defineConfig({
  test: {
    // A guard against what hangs, not a measure of speed: generous, since a machine may have two cores and other work.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: waiting,
    coverage: { include: ['src/**/*.ts'] },
    projects: [
      // All cores: by itself vitest leaves one to its main process, which has next to nothing to do, and so has only one of two work.
      // Files of one worker share what they import: loading it anew for each would take half of the time. No import has side effects, and no test
      // replaces a module.
      {
        extends: true,
        test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: servers, maxWorkers: '100%', isolate: false },
      },
      // One file at a time: each starts programs that have the cores busy themselves.
      { extends: true, test: { name: 'servers', include: servers, maxWorkers: 1 } },
    ],
  },
});
