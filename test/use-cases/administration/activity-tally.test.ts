import { beforeEach, describe, expect, it } from 'vitest';
import { tallyOf } from '../../../src/use-cases/administration/activity-tally.ts';

const done = { as: { hour: 0, work: 'synchronize', outcome: 'done' }, keepFrom: 0 } as const;
const failed = { ...done, as: { ...done.as, outcome: 'failed' } } as const;

let written: (readonly [string, number])[];
let isFull: boolean;
let wake: () => void;
let place: Parameters<typeof tallyOf>[0];

beforeEach(() => {
  written = [];
  isFull = false;
  wake = () => undefined;
  place = {
    store: {
      notes: {
        countActivity: async ({ outcome }, _keepFrom, times = 1) => {
          if (isFull) throw new Error('the disk is full');
          written.push([outcome, times]);
        },
      },
    },
    clock: {
      sleep: (_delayMs, signal) =>
        new Promise((resolve) => {
          wake = resolve;
          signal?.addEventListener('abort', () => {
            resolve();
          });
        }),
    },
  };
});

describe('what became of activities', () => {
  it('is counted many at a time, each kind with one write', async () => {
    for (let at = 0; at < 50; at++) tallyOf(place).add(done);
    tallyOf(place).add(failed);
    expect(written).toEqual([]);
    await tallyOf(place).flush();
    expect(written).toEqual([
      ['done', 50],
      ['failed', 1],
    ]);
    await tallyOf(place).flush();
    expect(written).toHaveLength(2);
  });

  it('is written after a while, though nobody asks', async () => {
    tallyOf(place).add(done);
    wake();
    await new Promise(setImmediate);
    expect(written).toEqual([['done', 1]]);
  });

  it('is kept when it cannot be written, and written with what comes next', async () => {
    for (const count of [done, failed]) tallyOf(place).add(count);
    isFull = true;
    await expect(tallyOf(place).flush()).rejects.toThrow('the disk is full');
    isFull = false;
    tallyOf(place).add(done);
    await tallyOf(place).flush();
    expect(written).toEqual([
      ['done', 2],
      ['failed', 1],
    ]);
  });
});
