import type { Application } from './application.ts';
import type { If } from './modifications.ts';
import { isTrue } from './value.ts';
import { evaluateValue } from './value-of.ts';

/** Whether the instructions inside are to run. */
export function isTaken(application: Application, { select }: If): boolean {
  return isTrue(evaluateValue(application, select));
}
