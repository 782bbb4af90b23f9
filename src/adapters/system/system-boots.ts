import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Boots } from '../../ports/boots.ts';

/** Clocks are set at a start, and one that is kept in step runs faster or slower than what counts the uptime: 200 millionths are more than either errs by. */
const leastToleranceMs = 30_000;
const drift = 0.0002;
const sincePrefix = 'since ';

/** What of the system is looked at. */
export interface BootSources {
  /** A name that the system makes anew at each start; undefined where it makes none. */
  readonly id: () => string | undefined;
  readonly now: () => number;
  readonly uptimeMs: () => number;
}

const ofSystem: BootSources = {
  id: readBootId,
  now: Date.now,
  uptimeMs: () => uptime() * 1000,
};

/** Linux names each of its runs. Elsewhere one is known by when it began, about: two that began within half a minute are taken for one. */
export function systemBoots({ id, now, uptimeMs }: BootSources = ofSystem): Boots {
  const name = id();
  if (name !== undefined) return { present: name, isPresent: (kept) => kept === name };
  const upFor = uptimeMs();
  const since = now() - upFor;
  const tolerance = leastToleranceMs + upFor * drift;
  return {
    present: `${sincePrefix}${String(Math.round(since))}`,
    isPresent: (kept) =>
      kept.startsWith(sincePrefix) && Math.abs(Number(kept.slice(sincePrefix.length)) - since) <= tolerance,
  };
}

function readBootId(): string | undefined {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return id === '' ? undefined : id;
  } catch {
    return undefined;
  }
}
