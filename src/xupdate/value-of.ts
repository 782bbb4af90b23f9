import type { Application } from './application.ts';
import type { Expression } from './modifications.ts';
import type { CopiedNode, Value } from './value.ts';
import { evaluateGenerally, selectTargets } from './select-targets.ts';
import type { Target } from './select-targets.ts';
import { XUpdateError } from './xupdate-error.ts';

/**
 * The value of an expression, as a snapshot: nodes are copies, so that a removed node stays copyable and a later change does not reach it.
 * @throws XUpdateError `variable` for an unbound one; in a peer's delta a path must hit exactly one node
 */
export function evaluateValue(application: Application, expression: Expression): Value {
  if (expression.variable !== undefined) {
    const value = application.variables.get(expression.variable);
    if (value === undefined) throw new XUpdateError('variable', `${expression.text} is not bound`);
    return value;
  }
  if (expression.path !== undefined) return selectTargets(application, expression).map(copy);
  const found = evaluateGenerally(application, expression);
  return typeof found === 'object' ? found.map(copy) : found;
}

function copy(target: Target): CopiedNode {
  switch (target.kind) {
    case 'attribute':
      return { kind: 'attribute', attribute: target.attribute };
    case 'document':
      return { kind: 'document', document: target.freeze() };
    case 'element':
    case 'text':
    case 'comment':
    case 'processing-instruction':
      return target.freeze();
    default:
      return target satisfies never;
  }
}
