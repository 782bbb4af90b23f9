import type { XmlAttribute, XmlNode } from '../xml/tree.ts';
import type { Application } from './application.ts';
import { checkDocumentLevel } from './document-level.ts';
import type { Append } from './modifications.ts';
import { evaluateGenerally } from './select-targets.ts';
import type { Target } from './select-targets.ts';
import { buildTemplate } from './template.ts';
import type { WorkingElement, WorkingParent } from './working-tree.ts';
import { XUpdateError } from './xupdate-error.ts';

/** Puts what the template makes into each target: attributes on it, nodes as its last children or at `child`. */
export function append(application: Application, instruction: Append): (target: Target) => void {
  const { attributes, nodes } = buildTemplate(application, instruction.template);
  return (target) => {
    if (target.kind !== 'element' && target.kind !== 'document') {
      throw new XUpdateError('target-kind', `a node of the kind ${target.kind} has no children`);
    }
    if (target.kind === 'document') {
      if (attributes.length > 0) throw new XUpdateError('not-well-formed', 'the document has no attributes');
      checkDocumentLevel(nodes);
    } else {
      setAttributes(application, target, attributes);
    }
    insertChildren(application, { instruction, parent: target, nodes });
  };
}

interface Insertion {
  readonly instruction: Append;
  readonly parent: WorkingParent;
  readonly nodes: readonly XmlNode[];
}

function insertChildren(application: Application, { instruction, parent, nodes }: Insertion): void {
  const { child } = instruction;
  if (child !== undefined && nodes.length === 0 && application.rules.profile === 'peer') {
    throw new XUpdateError('position', 'child is given, but there is no node to put there');
  }
  if (nodes.length === 0) return;
  const { size } = parent.children;
  const position = child === undefined ? size + 1 : positionOf(application, { instruction, child, size: size + 1 });
  application.insert(parent, nodes, position > size ? undefined : parent.children.at(position - 1));
}

interface Wanted {
  readonly instruction: Append;
  readonly child: string;
  /** The position behind the last child. */
  readonly size: number;
}

/** The first new node becomes the n-th of all children, 1 ≤ n ≤ count + 1 (xupdate.md 5.9 to 5.11). */
function positionOf(application: Application, { instruction, child, size }: Wanted): number {
  const { profile, evaluate } = application.rules;
  if (child === 'first()') return 1;
  if (child === 'last()') return size;
  let position = Number.NaN;
  if (/^[1-9][0-9]{0,8}$/.test(child)) position = Number(child);
  else if (profile === 'tool' && /^last\(\)\s*-\s*[0-9]{1,9}$/.test(child))
    position = size - Number(/[0-9]+$/.exec(child)?.[0]);
  else if (profile === 'tool' && evaluate !== undefined)
    position = evaluated(application, { instruction, child, size });
  if (Number.isInteger(position) && position >= 1) {
    if (position <= size) return position;
    if (profile === 'tool') return size;
  }
  throw new XUpdateError('position', `child ${child} is no position from 1 to ${size}`);
}

function evaluated(application: Application, { instruction, child, size }: Wanted): number {
  const text = child.replaceAll('last()', String(size));
  const value = evaluateGenerally(application, {
    text,
    scope: instruction.scope,
    path: undefined,
    variable: undefined,
  });
  return typeof value === 'number' ? value : Number.NaN;
}

function setAttributes(application: Application, target: WorkingElement, added: readonly XmlAttribute[]): void {
  if (added.length === 0) return;
  const attributes = [...target.attributes];
  for (const attribute of added) {
    const at = attributes.findIndex(
      ({ local, namespace }) => local === attribute.local && namespace === attribute.namespace,
    );
    if (at === -1) {
      attributes.push(attribute);
    } else if (application.rules.profile === 'tool') {
      attributes[at] = attribute;
    } else {
      throw new XUpdateError('attribute-exists', `the attribute ${attribute.name} exists already`);
    }
    application.spend(attribute.name.length + attribute.value.length + 4);
  }
  if (attributes.length + target.declarations.length > application.rules.limits.maxAttributes)
    throw new XUpdateError('limit', 'too many attributes');
  target.set({ attributes });
  const prefixed = added.filter(({ prefix }) => prefix !== '');
  if (!application.isInScope(target, prefixed)) application.settle(target);
}
