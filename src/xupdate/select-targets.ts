import type { XmlAttribute } from '../xml/tree.ts';
import type { Application } from './application.ts';
import type { FoundNode } from './evaluate-xpath.ts';
import { namespaceIn } from './expression.ts';
import type { Expression } from './modifications.ts';
import type { NodeTest } from './node-test.ts';
import type { ElementStep, Leaf, Select } from './select.ts';
import type { WorkingDocument, WorkingElement, WorkingNode, WorkingParent } from './working-tree.ts';
import { XUpdateError } from './xupdate-error.ts';

/** An attribute, with the element it belongs to. */
export interface AttributeTarget {
  readonly kind: 'attribute';
  readonly owner: WorkingElement;
  readonly attribute: XmlAttribute;
}

/** What an instruction acts on. */
export type Target = WorkingDocument | WorkingNode | AttributeTarget;

/**
 * The nodes that the expression selects now, in document order. For peers each step must hit exactly one; for tools a path takes all.
 * @throws XUpdateError `select-empty`, `select-many`, `target-kind` for what is no node-set
 */
export function selectTargets(application: Application, expression: Expression): readonly Target[] {
  const { profile } = application.rules;
  if (expression.path !== undefined) {
    if (profile === 'peer') return [selectOne(application.document, expression.path)];
    return selectAll(application.document, expression.path);
  }
  const found = expression.variable === undefined ? evaluateGenerally(application, expression) : expression.text;
  if (typeof found === 'object') return found;
  throw new XUpdateError('target-kind', 'the select gives no nodes of the document');
}

/** The one node at a path. @throws XUpdateError `select-empty`, `select-many` at the step that hits none or several */
function selectOne(document: WorkingDocument, select: Select): Target {
  let at: WorkingParent = document;
  for (const step of select.steps) at = oneChild(at, step);
  if (select.leaf === undefined) return at;
  const found = leaves(at, select.leaf);
  return only(found);
}

function selectAll(document: WorkingDocument, select: Select): readonly Target[] {
  let all: readonly WorkingParent[] = [document];
  for (const step of select.steps) all = all.flatMap((parent) => children(parent, step));
  const { leaf } = select;
  return leaf === undefined ? all : all.flatMap((parent) => leaves(parent, leaf));
}

function oneChild(parent: WorkingParent, step: ElementStep): WorkingElement {
  if (step.position === undefined) {
    const count = parent.children.count(testOf(step));
    if (count !== 1) refuseCount(count);
  }
  return only(children(parent, { ...step, position: step.position ?? 1 }));
}

function refuseCount(count: number): never {
  if (count === 0) throw new XUpdateError('select-empty', 'the select finds nothing');
  throw new XUpdateError('select-many', `the select finds ${count} nodes where one is expected`);
}

function only<T>(found: readonly T[]): T {
  const [first] = found;
  return first === undefined || found.length > 1 ? refuseCount(found.length) : first;
}

function children({ children }: WorkingParent, step: ElementStep): readonly WorkingElement[] {
  const test = testOf(step);
  return elements(step.position === undefined ? children.all(test) : [children.nth(test, step.position)]);
}

function testOf({ local, namespace, key }: ElementStep): NodeTest {
  return { kind: 'element', local, namespace, key };
}

function elements(found: readonly (WorkingNode | undefined)[]): readonly WorkingElement[] {
  return found.filter((node): node is WorkingElement => node?.kind === 'element');
}

function leaves(parent: WorkingParent, leaf: Leaf): readonly Target[] {
  if (leaf.kind === 'attribute') return parent.kind === 'element' ? attributes(parent, leaf.local, leaf.namespace) : [];
  if (leaf.position === undefined) return parent.children.all(leaf);
  const found = parent.children.nth(leaf, leaf.position);
  return found === undefined ? [] : [found];
}

function attributes(owner: WorkingElement, local: string, namespace: string): readonly AttributeTarget[] {
  const attribute = owner.attributes.find((each) => each.local === local && each.namespace === namespace);
  return attribute === undefined ? [] : [{ kind: 'attribute', owner, attribute }];
}

/** What a general expression says, by the evaluator that was given. @throws XUpdateError `select-syntax` when none was */
export function evaluateGenerally(
  application: Application,
  expression: Expression,
): string | number | boolean | readonly Target[] {
  const { evaluate } = application.rules;
  if (evaluate === undefined) {
    throw new XUpdateError(
      'select-syntax',
      'the expression is outside the small grammar, and general XPath is not switched on',
    );
  }
  const variables = new Map<string, string | number | boolean>();
  for (const [name, value] of application.variables) if (typeof value !== 'object') variables.set(name, value);
  const found = evaluate({
    expression: expression.text,
    document: application.document.freeze(),
    resolvePrefix: (prefix) => namespaceIn(expression.scope, prefix),
    variables,
  });
  return typeof found === 'object' ? found.flatMap((node) => locate(application.document, node)) : found;
}

function locate(document: WorkingDocument, found: FoundNode): readonly Target[] {
  let at: WorkingDocument | WorkingNode = document;
  for (const index of found.path) {
    if (at.kind !== 'document' && at.kind !== 'element') return [];
    const child: WorkingNode | undefined = at.children.at(index);
    if (child === undefined) return [];
    at = child;
  }
  if (found.attribute === undefined) return [at];
  return at.kind === 'element' ? attributes(at, found.attribute.local, found.attribute.namespace) : [];
}
