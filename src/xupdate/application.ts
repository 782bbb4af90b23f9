import { NamespaceScope } from '../xml/namespace-scope.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { XmlAttribute, XmlElement, XmlNode } from '../xml/tree.ts';
import type { EvaluateXPath } from './evaluate-xpath.ts';
import type { Profile } from './modifications.ts';
import { neededDeclarations, settleNode } from './settle.ts';
import type { Value } from './value.ts';
import type { WorkingDocument, WorkingLeaf, WorkingNode, WorkingParent } from './working-tree.ts';
import { thawNode, WorkingElement } from './working-tree.ts';
import { XUpdateError } from './xupdate-error.ts';

// What the canonical form has around the names and values of each. Not more, or a document that can be read could be too long to be put whole.
const AROUND_ELEMENT = '<></>'.length;
const AROUND_ATTRIBUTE = ' =""'.length;
const AROUND_COMMENT = '<!---->'.length;
const AROUND_INSTRUCTION = '<? ?>'.length;

/** How modifications are applied. */
export interface ApplyRules {
  readonly profile: Profile;
  readonly onEmpty: 'refuse' | 'skip';
  readonly removals: 'at-once' | 'deferred';
  readonly evaluate: EvaluateXPath | undefined;
  readonly limits: XmlLimits;
}

/** One run of modifications over one document. Owns the tree being worked on, the variables, and the count of what was made. */
export class Application {
  readonly document: WorkingDocument;
  readonly rules: ApplyRules;
  readonly variables = new Map<string, Value>();
  readonly deferred: WorkingNode[] = [];
  #seams: WorkingNode[] = [];
  #nodes = 0;
  #characters = 0;
  #mayDeclare = false;

  constructor(document: WorkingDocument, rules: ApplyRules) {
    this.document = document;
    this.rules = rules;
  }

  /** What was made so far, at most: some of it may be gone again. What names in namespaces need to be declared is not counted, and then there is no telling. */
  get made(): { readonly characters: number; readonly nodes: number } {
    return { characters: this.#mayDeclare ? Number.POSITIVE_INFINITY : this.#characters, nodes: this.#nodes };
  }

  /** Puts nodes in front of `before`, or at the end. Texts stay apart until `mergeTexts`. */
  insert(parent: WorkingParent, nodes: readonly XmlNode[], before?: WorkingNode): void {
    if (nodes.length === 0) return;
    const depth = depthOf(parent) + 1;
    const scope = scopeAt(parent);
    const count = (node: XmlNode, at: number): void => this.#count(node, at);
    const added = nodes.map((node) => {
      const working = thawNode(settleNode(node, { scope, count }, depth));
      working.parent = parent;
      return working;
    });
    parent.children.insert(added, before);
    parent.touch();
    this.#seams.push(...edges(added));
  }

  remove(node: WorkingNode): void {
    const { parent } = node;
    if (parent === undefined) return;
    const left = parent.children.previous(node);
    if (left !== undefined) this.#seams.push(left);
    parent.children.remove(node);
    parent.touch();
    node.parent = undefined;
  }

  setText(leaf: WorkingLeaf, text: string): void {
    this.spend(text.length);
    leaf.text = text;
    leaf.parent?.touch();
  }

  /** Whether the names can stand on the element as they are, without further declarations. */
  isInScope(element: WorkingElement, names: readonly Pick<XmlAttribute, 'prefix' | 'namespace'>[]): boolean {
    const inside = scopeAt(element);
    return names.every(({ prefix, namespace }) => inside.resolve(prefix) === namespace);
  }

  /** Declares what the element and those below it need, after its own names have changed; walks all of them. */
  settle(element: WorkingElement): void {
    this.#mayDeclare = true;
    if (element.parent !== undefined) settleWorking(element, scopeAt(element.parent));
  }

  /** Joins the texts that the instruction brought together, so that the next one counts them as one. */
  mergeTexts(): void {
    for (const seam of this.#seams) mergeAround(seam);
    this.#seams = [];
  }

  /** Counts what an instruction writes beside nodes. */
  spend(characters: number): void {
    this.#characters += characters;
    if (this.#characters > this.rules.limits.maxOctets) this.#exceeded('octets', 'maxOctets');
  }

  #count(node: XmlNode, depth: number): void {
    const { maxNodes, maxDepth, maxAttributes } = this.rules.limits;
    if (++this.#nodes > maxNodes) this.#exceeded('nodes', 'maxNodes');
    if (node.kind !== 'element') {
      this.spend(node.text.length + aroundLeaf(node));
      return;
    }
    const { name, attributes, declarations } = node;
    if (depth > maxDepth) this.#exceeded('levels', 'maxDepth');
    if (attributes.length + declarations.length > maxAttributes) this.#exceeded('attributes', 'maxAttributes');
    if (node.namespace !== '' || declarations.length > 0 || attributes.some(({ prefix }) => prefix !== ''))
      this.#mayDeclare = true;
    let characters = name.length * 2 + AROUND_ELEMENT;
    for (let at = 0; at < attributes.length; at++) {
      const each = attributes[at];
      if (each !== undefined) characters += each.name.length + each.value.length + AROUND_ATTRIBUTE;
    }
    this.spend(characters);
  }

  #exceeded(what: string, setting: keyof XmlLimits): never {
    throw new XUpdateError(
      'limit',
      `the modifications make more than ${this.rules.limits[setting]} ${what} (xml.${setting})`,
    );
  }
}

function aroundLeaf(leaf: Exclude<XmlNode, XmlElement>): number {
  if (leaf.kind === 'text') return 0;
  return leaf.kind === 'comment' ? AROUND_COMMENT : AROUND_INSTRUCTION + leaf.target.length;
}

function settleWorking(element: WorkingElement, scope: NamespaceScope): void {
  const { declarations, attributes, name } = element;
  const needed = neededDeclarations({ ...name, attributes, declarations }, scope);
  if (needed.length > 0) element.set({ declarations: [...declarations, ...needed] });
  scope.enter(element.declarations);
  for (const child of element.children.slots()) if (child instanceof WorkingElement) settleWorking(child, scope);
  element.children.replaceUntouched((node) => {
    const settled = settleNode(node, { scope, count: nothing }, 0);
    if (settled !== node) element.touch();
    return settled;
  });
  scope.leave();
}

function nothing(): void {
  // What is only given new declarations is not new.
}

/** Whether the node is still in the tree. */
export function isAttached(node: WorkingNode): boolean {
  let at: WorkingParent | WorkingNode | undefined = node;
  while (at !== undefined && at.kind !== 'document') at = at.parent;
  return at !== undefined;
}

function depthOf(parent: WorkingParent): number {
  let depth = 0;
  for (let at: WorkingParent | undefined = parent; at?.kind === 'element'; at = at.parent) depth++;
  return depth;
}

/** The namespaces in scope for children of the parent. */
function scopeAt(parent: WorkingParent): NamespaceScope {
  const line: WorkingElement[] = [];
  for (let at: WorkingParent | undefined = parent; at?.kind === 'element'; at = at.parent) line.push(at);
  const scope = new NamespaceScope();
  for (const element of line.reverse()) scope.enter(element.declarations);
  return scope;
}

function edges(nodes: readonly WorkingNode[]): readonly WorkingNode[] {
  const first = nodes[0];
  const last = nodes.at(-1);
  if (first === undefined || last === undefined || first === last) return nodes;
  return [first, last];
}

function mergeAround(node: WorkingNode): void {
  if (node.kind !== 'text' || node.parent === undefined) return;
  const siblings = node.parent.children;
  for (let next = siblings.next(node); next?.kind === 'text'; next = siblings.next(node)) {
    node.text += next.text;
    siblings.remove(next);
    next.parent = undefined;
  }
  const left = siblings.previous(node);
  if (left?.kind === 'text') mergeAround(left);
}
