import { setFlagsFromString } from 'node:v8';

/** The engine of Node 22 and later counts what that of Node 20 has as a switch. */
const once =
  Number.parseInt(process.versions.v8, 10) < 12 ? '--memory-reducer-single-gc' : '--memory-reducer-gc-count=1';

/**
 * No heap is made small before a process is eight seconds old (kLongDelayMs, gc_memory_reducer_start_delay_ms in V8). Whoever tells the engine to do it once when it has done it
 * once already, and waits for the second time, ends the process: V8 checks that there were no more than it was told (`MemoryReducer::Step`).
 */
const onceUntilSeconds = 7;

/**
 * What the engine is told in a process of this age: its heap may grow to twice what is in use before it is collected, and where nothing is done for eight seconds it is made small
 * once, not three times in a row. By itself it goes by the time of day, and takes whoever waits in the middle of much work for one that has little to do.
 */
export function flagsOfWaiting(ageSeconds: number): readonly string[] {
  return ['--heap-growing-percent=100', ...(ageSeconds < onceUntilSeconds ? [once] : [])];
}

/** Keeps the engine from collecting garbage, over and over, while the process waits for a server's answers. Holds for all of the process, from now on. */
export function bearWaiting(): void {
  for (const flag of flagsOfWaiting(process.uptime())) setFlagsFromString(flag);
}
