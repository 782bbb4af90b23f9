import { setFlagsFromString } from 'node:v8';

/** The engine of Node 22 and later counts what that of Node 20 has as a switch. */
const once =
  Number.parseInt(process.versions.v8, 10) < 12 ? '--memory-reducer-single-gc' : '--memory-reducer-gc-count=1';

/**
 * What the engine is told: its heap may grow to twice what is in use before it is collected, and where nothing is done for eight seconds it is made small once, not three
 * times in a row. By itself it goes by the time of day, and takes whoever waits in the middle of much work for one that has little to do.
 */
export const flagsOfWaiting = ['--heap-growing-percent=100', once] as const;

/** Keeps the engine from collecting garbage, over and over, while the process waits for a server's answers. Holds for all of the process, from now on. */
export function bearWaiting(): void {
  for (const flag of flagsOfWaiting) setFlagsFromString(flag);
}
