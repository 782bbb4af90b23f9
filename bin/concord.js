#!/usr/bin/env node
// What `npx concord` executes. It stands here from the first, unlike the program, which is built: npm looks for a command once, and remembers that there was none.
import { existsSync } from 'node:fs';

const program = new URL('../dist/src/cli/concord.js', import.meta.url);
/** Something that is not there yet (sysexits.h, EX_TEMPFAIL). */
const notYet = 75;

if (existsSync(program)) {
  await import(program.href);
} else {
  console.error('concord is not built yet: wait until `npm start` prints its address, or run `npm run build`.');
  process.exitCode = notYet;
}
