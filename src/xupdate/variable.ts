import type { Application } from './application.ts';
import type { Variable } from './modifications.ts';
import { evaluateValue } from './value-of.ts';

/** Binds the value that the expression has now; a later binding of the same name replaces it. */
export function bindVariable(application: Application, { name, select }: Variable): void {
  application.variables.set(name, evaluateValue(application, select));
}
