import { defineConfig } from 'vitest/config';

// What drives a browser, a mail server, a database or a queue of the machine: `npm run test:servers`, skipped by name where that is absent.
const servers = ['test/browser/**/*.test.ts', 'test/mail/servers/**/*.test.ts', 'test/servers/**/*.test.ts'];

export default defineConfig({
  test: {
    // A guard against what hangs, not a measure of speed: generous, since a machine may have two cores and other work.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: { include: ['src/**/*.ts'] },
    projects: [
      { extends: true, test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: servers } },
      { extends: true, test: { name: 'servers', include: servers } },
    ],
  },
});
