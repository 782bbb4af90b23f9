import { defineConfig } from 'vitest/config';
import { waiting } from './test/support/waiting.ts';

/** Tests of what a person or a program sees of sites: `npm run test:pair` runs them on sites in MongoDB with queues in Redis, where both can be had. */
const include = [
  'test/web/pages/{guide,keys,mail,objects,sign-in,tools}.test.ts',
  'test/web/{changes,desk-api,sync-api,watch}.test.ts',
  'test/browser/{walk,tool-walks}.test.ts',
];

export default defineConfig({
  test: {
    name: 'pair',
    include,
    globalSetup: 'test/servers/pair/start-pair.ts',
    setupFiles: 'test/servers/pair/skip-without-pair.setup.ts',
    // A server that walks through a collection for each search is slow, and the machine may have other work.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: waiting,
    maxWorkers: '100%',
    isolate: false,
  },
});
