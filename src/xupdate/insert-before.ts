import type { XmlNode } from '../xml/tree.ts';
import type { Application } from './application.ts';
import { checkDocumentLevel } from './document-level.ts';
import type { InsertBefore } from './modifications.ts';
import type { Target } from './select-targets.ts';
import { buildTemplate } from './template.ts';
import type { WorkingNode, WorkingParent } from './working-tree.ts';
import { XUpdateError } from './xupdate-error.ts';

/** Puts what the template makes in front of each target, in written order. */
export function insertBefore(application: Application, instruction: InsertBefore): (target: Target) => void {
  const nodes = buildSiblings(application, instruction.template);
  return (target) => {
    const { node, parent } = siblingPlace(target, nodes);
    application.insert(parent, nodes, node);
  };
}

/** What is inserted beside a node. @throws XUpdateError `content` for attributes */
export function buildSiblings(application: Application, template: InsertBefore['template']): readonly XmlNode[] {
  const { nodes, attributes } = buildTemplate(application, template);
  if (attributes.length > 0) throw new XUpdateError('content', 'an attribute has no place beside a node');
  return nodes;
}

/** A target that can have siblings, with its parent. @throws XUpdateError `target-kind`, `not-well-formed` */
export function siblingPlace(
  target: Target,
  nodes: readonly XmlNode[],
): { readonly node: WorkingNode; readonly parent: WorkingParent } {
  if (target.kind === 'document' || target.kind === 'attribute' || target.parent === undefined) {
    throw new XUpdateError('target-kind', `nothing can be inserted beside a node of the kind ${target.kind}`);
  }
  if (target.parent.kind === 'document') checkDocumentLevel(nodes);
  return { node: target, parent: target.parent };
}
