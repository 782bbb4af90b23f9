import { describe, expect, it } from 'vitest';
import type { Gid } from '../../../src/objects/gid.ts';
import type { Change } from '../../../src/synchronization/change.ts';
import { freedBetween } from '../../../src/use-cases/exchange/freed-between.ts';

function changesOf(count: number, length: number): readonly Change[] {
  const text = 'x'.repeat(length);
  return Array.from({ length: count }, (_, index) => ({
    kind: 'put',
    // Any text that is no path will do.
    gid: `g${index}` as Gid,
    number: index + 1,
    base: undefined,
    // Nobody looks at it here.
    result: 'r' as Extract<Change, { kind: 'put' }>['result'],
    envelope: { parent: undefined, id: 'a', type: undefined },
    document: { form: 'whole', text },
    edits: { main: { id: 'e', at: 0, by: 'a' }, others: [] },
    closes: [],
  }));
}

async function timesFreed(changes: readonly Change[]): Promise<number> {
  let times = 0;
  const between = freedBetween(changes, () => {
    times += 1;
    return Promise.resolve();
  });
  for (const change of changes) await between(change);
  return times;
}

describe('freeing memory while changes are taken in', () => {
  it('is done a few times for a large message, by what it holds and not by how many changes it has', async () => {
    expect(await timesFreed(changesOf(9_000, 1_000))).toBe(1);
    expect(await timesFreed(changesOf(9, 1_300_000))).toBe(1);
    expect(await timesFreed(changesOf(60_000, 100))).toBe(3);
  });

  it('is not done for a small one, nor where nobody frees memory', async () => {
    expect(await timesFreed(changesOf(100, 1_000))).toBe(0);
    const [change] = changesOf(1, 9_000_000);
    expect(change && freedBetween([change], undefined)(change)).toBeUndefined();
  });
});
