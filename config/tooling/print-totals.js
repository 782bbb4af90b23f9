// Usage: node print-totals.js FOLDER [FAILED-STAGE...]
// Prints what failed in every vitest result (NAME.json) in FOLDER by its name, the totals of each, and last `N passed, N failed` over all of them.
// Exits 1 when anything failed.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const [folder, ...failedStages] = process.argv.slice(2);

/** How much of what a failed test said is repeated, in characters: the whole of it stands where the test ran. */
const sayingLimit = 300;

/**
 * What failed, each with where, its name and the beginning of what it said. A file that failed with no test of it, as one that does not load,
 * had its rules not tried: it counts as one failure.
 */
function findFailures(result) {
  return result.testResults.flatMap((file) => {
    const where = relative(process.cwd(), file.name);
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    if (file.status === 'failed' && failed.length === 0) return [`${where}: ${begin(file.message)}`];
    return failed.map((test) => `${where} > ${test.fullName}: ${begin(test.failureMessages.join(' '))}`);
  });
}

function begin(saying = '') {
  return saying.replaceAll(/\s+/g, ' ').slice(0, sayingLimit);
}

function readTotals(file) {
  const name = basename(file, '.json');
  const result = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const failures = findFailures(result);
  return {
    name,
    // The same tests on another Node, or on other stores and queues: they may fail, but they are not more tests.
    isRepetition: name.startsWith('node-') || name === 'pair',
    files: result.testResults.length,
    passed: result.numPassedTests,
    failures,
    // An unhandled error fails a run in which every test passed.
    failed: result.success ? failures.length : Math.max(failures.length, 1),
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
for (const run of totals) for (const failure of run.failures) console.log(`${run.name} failed: ${failure}`);
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
