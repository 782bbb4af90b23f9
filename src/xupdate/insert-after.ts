import type { Application } from './application.ts';
import { buildSiblings, siblingPlace } from './insert-before.ts';
import type { InsertAfter } from './modifications.ts';
import type { Target } from './select-targets.ts';

/** Puts what the template makes behind each target, still in written order. */
export function insertAfter(application: Application, instruction: InsertAfter): (target: Target) => void {
  const nodes = buildSiblings(application, instruction.template);
  return (target) => {
    const { node, parent } = siblingPlace(target, nodes);
    application.insert(parent, nodes, parent.children.next(node));
  };
}
