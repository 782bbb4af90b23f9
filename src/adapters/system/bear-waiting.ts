import { setFlagsFromString } from 'node:v8';

/**
 * What the engine is told: its heap may grow to twice what is in use before it is collected, and is made small after ten minutes in which little was done, not after
 * eight seconds. By itself it goes by the time of day, and takes whoever waits in the middle of much work for one that has little to do.
 */
export const flagsOfWaiting = ['--heap-growing-percent=100', '--gc-memory-reducer-start-delay-ms=600000'] as const;

/** Keeps the engine from collecting garbage, over and over, while the process waits for a server's answers. Holds for all of the process, from now on. */
export function bearWaiting(): void {
  for (const flag of flagsOfWaiting) setFlagsFromString(flag);
}
