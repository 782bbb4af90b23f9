import type { XmlAttribute } from '../xml/tree.ts';

/** A key that siblings are told apart by. */
export interface Key {
  readonly attribute: 'id' | 'gid';
  readonly value: string;
}

/** Which children a step counts: those of a kind, with a name and a key, or with a target. */
export type NodeTest =
  | {
      readonly kind: 'element';
      readonly local: string;
      readonly namespace: string;
      readonly key: Key | undefined;
    }
  | { readonly kind: 'text' | 'comment' }
  | { readonly kind: 'processing-instruction'; readonly target: string | undefined };

/** What a node shows of itself to be tested. */
export type Testable =
  | {
      readonly kind: 'element';
      readonly local: string;
      readonly namespace: string;
      readonly attributes: readonly XmlAttribute[];
    }
  | { readonly kind: 'text' | 'comment' }
  | { readonly kind: 'processing-instruction'; readonly target: string };

/** Whether the test counts the node. */
export function passes(node: Testable, test: NodeTest): boolean {
  if (node.kind !== test.kind) return false;
  if (test.kind === 'element' && node.kind === 'element') {
    if (node.local !== test.local || node.namespace !== test.namespace) return false;
    return test.key === undefined || keyValue(node.attributes, test.key.attribute) === test.key.value;
  }
  if (test.kind !== 'processing-instruction' || node.kind !== 'processing-instruction') return true;
  return test.target === undefined || node.target === test.target;
}

/** What the attribute of a key says; undefined when it is not there. */
export function keyValue(attributes: readonly XmlAttribute[], name: Key['attribute']): string | undefined {
  for (const attribute of attributes) if (attribute.name === name) return attribute.value;
  return undefined;
}

/** The one text for each test. */
export function formOf(test: NodeTest): string {
  if (test.kind === 'processing-instruction') return `${test.kind} ${test.target ?? ''}`;
  if (test.kind !== 'element') return test.kind;
  const { local, namespace, key } = test;
  return key === undefined ? `${local} ${namespace}` : `${local} ${namespace} ${key.attribute} ${key.value}`;
}

/** The forms of all tests that count a node. */
export function formsOf(node: Testable): readonly string[] {
  if (node.kind === 'processing-instruction') return [formOf(node), formOf({ kind: node.kind, target: undefined })];
  if (node.kind !== 'element') return [formOf(node)];
  const { local, namespace } = node;
  const forms = [formOf({ kind: 'element', local, namespace, key: undefined })];
  for (const attribute of ['id', 'gid'] as const) {
    const value = keyValue(node.attributes, attribute);
    if (value !== undefined) forms.push(formOf({ kind: 'element', local, namespace, key: { attribute, value } }));
  }
  return forms;
}
