import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-totals-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}

const passed: Outcome = { status: 'passed', fullName: 'a site syncs', failureMessages: [] };
const failed: Outcome = {
  status: 'failed',
  fullName: 'a site merges',
  failureMessages: ['expected 1\n  to be 2'],
};
const skipped: Outcome = { status: 'skipped', fullName: 'a site seals', failureMessages: [] };

/** Writes what vitest tells of a run of one file. */
async function writeRun(name: string, outcomes: readonly Outcome[], message = ''): Promise<void> {
  const count = (status: string): number => outcomes.filter((test) => test.status === status).length;
  const success = count('failed') === 0 && message === '';
  const file = { name: join(root, `test/${name}.test.ts`), status: success ? 'passed' : 'failed', message };
  const result = {
    success,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    numTodoTests: 0,
    testResults: [{ ...file, assertionResults: outcomes }],
  };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(result));
}

/** The lines that the totals end with, and whether all is well. */
function printTotals(...failedStages: string[]): { lines: string[]; code: number | null } {
  const script = join(root, 'config/tooling/print-totals.js');
  const { stdout, status } = spawnSync(process.execPath, [script, folder, ...failedStages], {
    cwd: root,
    encoding: 'utf8',
  });
  return { lines: stdout.trimEnd().split('\n'), code: status };
}

describe('the totals of all runs', () => {
  it('count a test that is repeated once', async () => {
    await writeRun('tests', [passed, skipped]);
    await writeRun('node-22', [passed]);
    expect(printTotals()).toEqual({
      lines: [
        'node-22: 1 files, 1 passed, 0 failed, 0 skipped',
        'tests: 1 files, 1 passed, 0 failed, 1 skipped',
        '1 skipped',
        '1 passed, 0 failed',
      ],
      code: 0,
    });
  });

  it('name each test that failed, and where, with what it said', async () => {
    await writeRun('tests', [passed]);
    await writeRun('node-22', [passed, failed]);
    const { lines, code } = printTotals();
    expect(lines[0]).toBe('node-22 failed: test/node-22.test.ts > a site merges: expected 1 to be 2');
    expect(lines.at(-1)).toBe('1 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('count a file none of whose tests ran as one failure', async () => {
    await writeRun('tests', [passed]);
    await writeRun('servers', [skipped], 'Cannot find module');
    const { lines, code } = printTotals();
    expect(lines[0]).toBe('servers failed: test/servers.test.ts: Cannot find module');
    expect(lines.at(-1)).toBe('1 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('count a stage that failed', async () => {
    await writeRun('tests', [passed]);
    expect(printTotals('checks')).toMatchObject({ code: 1 });
    expect(printTotals('checks').lines.slice(-3)).toEqual([
      'checks: the stage failed',
      '0 skipped',
      '1 passed, 1 failed',
    ]);
  });
});
