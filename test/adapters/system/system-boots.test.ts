import { describe, expect, it } from 'vitest';
import { systemBoots } from '../../../src/adapters/system/system-boots.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.UTC(2026, 0, 1);

describe('a run of the machine that the system names', () => {
  it('is the present one as long as the name is the same, however the clock is set', () => {
    const of = (id: string, now: number): ReturnType<typeof systemBoots> =>
      systemBoots({ id: () => id, now: () => now, uptimeMs: () => minute });
    const kept = of('one', start).present;
    expect(of('one', start + 900 * day).isPresent(kept)).toBe(true);
    expect(of('other', start).isPresent(kept)).toBe(false);
  });
});

describe('a run of the machine that has no name', () => {
  const at = (now: number, uptimeMs: number): ReturnType<typeof systemBoots> =>
    systemBoots({ id: () => undefined, now: () => now, uptimeMs: () => uptimeMs });

  it('is known by when it began, though the clock is kept in step', () => {
    const kept = at(start, minute).present;
    expect(at(start + 5, minute).isPresent(kept)).toBe(true);
    expect(at(start + 30 * day + 4 * minute, 30 * day + minute).isPresent(kept)).toBe(true);
  });

  it('is another one when the machine has started since', () => {
    const kept = at(start, day).present;
    expect(at(start + minute, minute / 2).isPresent(kept)).toBe(false);
    expect(at(start + 30 * day, 30 * day - minute).isPresent(kept)).toBe(false);
  });

  it('is none that had a name', () => {
    expect(at(start, day).isPresent('b07cbe9b-6d0a-4f0e-8e1a-2d7c3c6f0f7e')).toBe(false);
  });
});

describe('the system itself', () => {
  it('says the same in one run', () => {
    expect(systemBoots().isPresent(systemBoots().present)).toBe(true);
  });
});
