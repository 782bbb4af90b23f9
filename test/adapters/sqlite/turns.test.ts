import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/adapters/sqlite/turns.ts';
import { freeMemory } from '../../../src/adapters/system/free-memory.ts';

/** Takes a turn whose result nobody wants. */
async function takeLarge(turns: Turns): Promise<WeakRef<object>> {
  return new WeakRef(await turns.take(() => Promise.resolve(new Uint8Array(1000))));
}

describe('turns', () => {
  it('are taken one after the other, also after one that failed', async () => {
    const turns = new Turns();
    const taken: string[] = [];
    const first = turns.take(async () => {
      await Promise.resolve();
      taken.push('first');
      throw new RangeError('no');
    });
    const second = turns.take(() => Promise.resolve(taken.push('second')));
    await expect(first).rejects.toThrow(RangeError);
    await second;
    expect(taken).toEqual(['first', 'second']);
  });

  it('hold nothing of what came of the last one', async () => {
    const turns = new Turns();
    const result = await takeLarge(turns);
    await freeMemory();
    expect(result.deref()).toBeUndefined();
    await turns.take(() => Promise.resolve());
  });
});
