import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

/** The clock of the machine. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  async sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    try {
      await setTimeout(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // The caller looks at the signal: being woken is no failure.
      if (signal?.aborted !== true) throw error;
    }
  }
}
