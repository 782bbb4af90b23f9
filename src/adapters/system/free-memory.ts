import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const turns = 3;
type Collect = (options?: { readonly type: 'minor' }) => void;
let collect: Collect | undefined;

/**
 * Has the engine collect what nobody holds any more. By itself it does so only when as much again has been made: a message that came by mail or folder is in memory
 * as a whole, in one form after the other, and all of them would stand there together. Takes some milliseconds; for what is `recent`, made since it was collected last but
 * one, hardly any.
 */
export async function freeMemory(extent: 'all' | 'recent' = 'all'): Promise<void> {
  collect ??= collector();
  // Whoever has called back with something large, a file that is unpacked say, holds it until the turn is over, or its handle is closed in the turns after it.
  for (let turn = 0; turn < turns; turn += 1) await setImmediate();
  if (extent === 'recent') collect({ type: 'minor' });
  else collect();
}

function collector(): Collect {
  // What `node --expose-gc` does, for one context that nobody else sees.
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return isFunction(gc) ? gc : () => undefined;
}

function isFunction(value: unknown): value is Collect {
  return typeof value === 'function';
}
