import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { flagsOfWaiting } from '../../../src/adapters/system/bear-waiting.ts';

const flags = flagsOfWaiting(0);

it('is told to the engine in words that it knows, also while it runs', () => {
  expect(flags).toHaveLength(2);
  const atStart = spawnSync(process.execPath, [...flags, '--eval', '0'], { encoding: 'utf8' });
  expect(atStart).toMatchObject({ status: 0, stderr: '' });
  const code = `for (const flag of ${JSON.stringify(flags)}) require('node:v8').setFlagsFromString(flag)`;
  const running = spawnSync(process.execPath, ['--eval', code], { encoding: 'utf8' });
  expect(running).toMatchObject({ status: 0, stderr: '' });
});

it('says nothing of how often the heap is made small once that may have begun: the engine would end the process', () => {
  expect(flagsOfWaiting(6.9)).toEqual(flags);
  for (const age of [7, 8, 3600]) expect(flagsOfWaiting(age)).toEqual(['--heap-growing-percent=100']);
});
