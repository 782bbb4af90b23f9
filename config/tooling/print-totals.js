// Usage: node print-totals.js FOLDER [FAILED-STAGE...]
// Prints the totals of every vitest result (NAME.json) in FOLDER, and last `N passed, N failed` over all of them. Exits 1 when anything failed.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const [folder, ...failedStages] = process.argv.slice(2);

/** A file that failed to load has no test to count, yet none of its rules was tried: it counts as one failure. */
function countUnloaded(result) {
  return result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
}

function readTotals(file) {
  const name = basename(file, '.json');
  const result = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const failed = result.numFailedTests + countUnloaded(result);
  return {
    name,
    // The same tests on another Node, or on other stores and queues: they may fail, but they are not more tests.
    isRepetition: name.startsWith('node-') || name === 'pair',
    files: result.testResults.length,
    passed: result.numPassedTests,
    // An unhandled error fails a run in which every test passed.
    failed: result.success ? failed : Math.max(failed, 1),
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

function describe({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

const totals = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map(readTotals);
for (const run of totals) console.log(`${run.name}: ${run.files} files, ${describe(run)}`);
for (const stage of failedStages) console.log(`${stage}: the stage failed`);

const sum = (runs, field) => runs.reduce((total, run) => total + run[field], 0);
const counted = totals.filter((run) => !run.isRepetition);
const over = {
  passed: sum(counted, 'passed'),
  failed: sum(totals, 'failed') + failedStages.length,
  skipped: sum(counted, 'skipped'),
};
console.log(`${over.skipped} skipped`);
console.log(`${over.passed} passed, ${over.failed} failed`);
if (over.failed > 0 || over.passed === 0) process.exitCode = 1;
