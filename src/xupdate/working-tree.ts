import type {
  XmlAttribute,
  XmlComment,
  XmlDeclaration,
  XmlDocument,
  XmlDocumentChild,
  XmlElement,
  XmlNode,
  XmlProcessingInstruction,
  XmlText,
} from '../xml/tree.ts';
import { NOTHING } from '../xml/tree.ts';
import type { Chunk } from './child-list.ts';
import { ChildList } from './child-list.ts';

/** The class under which text nodes are counted. */
export const TEXT_CLASS = '#text';
/** The class under which comments are counted. */
export const COMMENT_CLASS = '#comment';
/** The class under which all processing instructions are counted. */
export const INSTRUCTION_CLASS = '#instruction';

/** The class under which elements of a name are counted. */
export function elementClass(namespace: string, local: string): string {
  return namespace === '' ? local : `${local} ${namespace}`;
}

/** The class under which processing instructions of a target are counted. */
export function targetClass(target: string): string {
  return `#instruction ${target}`;
}

/** The form under which elements with a name and a key are found. */
export function keyOf(nodeClass: string, attribute: 'id' | 'gid', value: string): string {
  return `${attribute} ${nodeClass.length} ${nodeClass}${value}`;
}

/** What may stand inside an element being worked on. */
export type WorkingNode = WorkingElement | WorkingLeaf;
/** What has children. */
export type WorkingParent = WorkingElement | WorkingDocument;

/** A text, comment or processing instruction being worked on. */
export class WorkingLeaf {
  readonly kind: 'text' | 'comment' | 'processing-instruction';
  parent: WorkingParent | undefined;
  chunk: Chunk<WorkingNode> | undefined;
  text: string;
  target: string;
  readonly nodeClass: string;
  targetClass: string | undefined;

  constructor(node: XmlText | XmlComment | XmlProcessingInstruction) {
    this.kind = node.kind;
    this.text = node.text;
    this.target = node.kind === 'processing-instruction' ? node.target : '';
    this.nodeClass = node.kind === 'text' ? TEXT_CLASS : node.kind === 'comment' ? COMMENT_CLASS : INSTRUCTION_CLASS;
    this.targetClass = node.kind === 'processing-instruction' ? targetClass(node.target) : undefined;
  }

  /** What is no element has no keys. */
  keys(): readonly string[] {
    return NOTHING;
  }

  /** Gives a processing instruction another target. */
  retarget(target: string): void {
    this.target = target;
    this.targetClass = targetClass(target);
    if (this.chunk !== undefined) this.chunk.counts = undefined;
    this.parent?.touch();
  }

  freeze(): XmlText | XmlComment | XmlProcessingInstruction {
    if (this.kind === 'processing-instruction') return { kind: this.kind, target: this.target, text: this.text };
    return { kind: this.kind, text: this.text };
  }
}

/** An element being worked on. Its children are made when first asked for; what nobody touched is given back as it was. */
export class WorkingElement {
  readonly kind = 'element';
  readonly targetClass = undefined;
  parent: WorkingParent | undefined;
  chunk: Chunk<WorkingNode> | undefined;
  nodeClass: string;
  #source: XmlElement;
  #children: ChildList<WorkingNode> | undefined;
  #changed = false;

  constructor(source: XmlElement) {
    this.#source = source;
    this.nodeClass = elementClass(source.namespace, source.local);
  }

  get children(): ChildList<WorkingNode> {
    return (this.#children ??= thaw(this.#source.children, this));
  }

  get name(): Pick<XmlElement, 'name' | 'prefix' | 'local' | 'namespace'> {
    return this.#source;
  }

  get attributes(): readonly XmlAttribute[] {
    return this.#source.attributes;
  }

  get declarations(): readonly XmlDeclaration[] {
    return this.#source.declarations;
  }

  keys(): readonly string[] {
    const keys: string[] = [];
    for (const { name, value } of this.#source.attributes) {
      if (name === 'id' || name === 'gid') keys.push(keyOf(this.nodeClass, name, value));
    }
    return keys;
  }

  /** Sets anything but children. */
  set(change: Partial<Omit<XmlElement, 'kind' | 'children'>>): void {
    const apply = (): void => {
      this.#source = { ...this.#source, ...change };
      this.nodeClass = elementClass(this.#source.namespace, this.#source.local);
    };
    if (this.parent === undefined) apply();
    else this.parent.children.reindex(this, apply);
    this.touch();
  }

  /** Lets all children go. */
  empty(): void {
    this.#children = new ChildList([]);
    this.touch();
  }

  /** Puts another element's state in the place of this one's. */
  become(element: XmlElement): void {
    this.#children = undefined;
    this.set(element);
    this.#source = element;
  }

  touch(): void {
    if (this.#changed) return;
    this.#changed = true;
    this.parent?.touch();
  }

  freeze(): XmlElement {
    if (!this.#changed) return this.#source;
    const children = this.#children?.nodes().map((node) => node.freeze()) ?? this.#source.children;
    // Kept, so that asking again without a change in between costs nothing.
    this.#changed = false;
    return (this.#source = { ...this.#source, children });
  }
}

/** A document being worked on. */
export class WorkingDocument {
  readonly kind = 'document';
  readonly #source: XmlDocument;
  children: ChildList<WorkingNode>;
  #changed = false;

  constructor(source: XmlDocument) {
    this.#source = source;
    this.children = thaw(source.children, this);
  }

  /** Lets everything go. */
  empty(): void {
    this.children = new ChildList([]);
    this.touch();
  }

  touch(): void {
    this.#changed = true;
  }

  freeze(): XmlDocument {
    if (!this.#changed) return this.#source;
    const children: XmlDocumentChild[] = [];
    let root = this.#source.root;
    for (const node of this.children.nodes()) {
      const frozen = node.freeze();
      if (frozen.kind === 'text') continue;
      if (frozen.kind === 'element') root = frozen;
      children.push(frozen);
    }
    return { children, root };
  }
}

/** A node to work on. */
export function thawNode(node: XmlNode): WorkingNode {
  return node.kind === 'element' ? new WorkingElement(node) : new WorkingLeaf(node);
}

function thaw(nodes: readonly XmlNode[], parent: WorkingParent): ChildList<WorkingNode> {
  return new ChildList(
    nodes.map((node) => {
      const working = thawNode(node);
      working.parent = parent;
      return working;
    }),
  );
}
