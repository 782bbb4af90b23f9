import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { flagsOfWaiting } from '../../../src/adapters/system/bear-waiting.ts';

it('is told to the engine in words that it knows, also while it runs', () => {
  const atStart = spawnSync(process.execPath, [...flagsOfWaiting, '--eval', '0'], { encoding: 'utf8' });
  expect(atStart).toMatchObject({ status: 0, stderr: '' });
  const code = `for (const flag of ${JSON.stringify(flagsOfWaiting)}) require('node:v8').setFlagsFromString(flag)`;
  const running = spawnSync(process.execPath, ['--eval', code], { encoding: 'utf8' });
  expect(running).toMatchObject({ status: 0, stderr: '' });
});
