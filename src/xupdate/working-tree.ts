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
import { ChildList } from './child-list.ts';
import { ListedNode } from './listed-node.ts';

/** What may stand inside an element being worked on. */
export type WorkingNode = WorkingElement | WorkingLeaf;
/** What has children. */
export type WorkingParent = WorkingElement | WorkingDocument;

/** A text, comment or processing instruction being worked on. Owns its text and target. */
export class WorkingLeaf extends ListedNode {
  readonly kind: 'text' | 'comment' | 'processing-instruction';
  parent: WorkingParent | undefined;
  text: string;
  target: string;

  constructor(node: XmlText | XmlComment | XmlProcessingInstruction) {
    super();
    this.kind = node.kind;
    this.text = node.text;
    this.target = node.kind === 'processing-instruction' ? node.target : '';
  }

  /** Gives a processing instruction another target. */
  retarget(target: string): void {
    const apply = (): void => {
      this.target = target;
    };
    if (this.parent === undefined) apply();
    else this.parent.children.reindex(this, apply);
    this.parent?.touch();
  }

  freeze(): XmlText | XmlComment | XmlProcessingInstruction {
    if (this.kind === 'processing-instruction') return { kind: this.kind, target: this.target, text: this.text };
    return { kind: this.kind, text: this.text };
  }
}

/** An element being worked on. Owns its state. Its children are made when first asked for; what nobody touched is given back as it was. */
export class WorkingElement extends ListedNode {
  readonly kind = 'element';
  parent: WorkingParent | undefined;
  #source: XmlElement;
  #children: ChildList<WorkingNode> | undefined;
  #changed = false;

  constructor(source: XmlElement) {
    super();
    this.#source = source;
  }

  get children(): ChildList<WorkingNode> {
    return (this.#children ??= childrenOf(this, this.#source.children));
  }

  get name(): Pick<XmlElement, 'name' | 'prefix' | 'local' | 'namespace'> {
    return this.#source;
  }

  get local(): string {
    return this.#source.local;
  }

  get namespace(): string {
    return this.#source.namespace;
  }

  get attributes(): readonly XmlAttribute[] {
    return this.#source.attributes;
  }

  get declarations(): readonly XmlDeclaration[] {
    return this.#source.declarations;
  }

  /** Sets anything but children. */
  set(change: Partial<Omit<XmlElement, 'kind' | 'children'>>): void {
    const apply = (): void => {
      this.#source = { ...this.#source, ...change };
    };
    if (this.parent === undefined) apply();
    else this.parent.children.reindex(this, apply);
    this.touch();
  }

  /** Lets all children go. */
  empty(): void {
    release(this.#children);
    this.#children = childrenOf(this, []);
    this.touch();
  }

  touch(): void {
    if (this.#changed) return;
    this.#changed = true;
    this.parent?.touch();
  }

  freeze(): XmlElement {
    if (!this.#changed) return this.#source;
    const children = this.#children?.frozen(frozen) ?? this.#source.children;
    // Kept, so that asking again without a change in between costs nothing.
    this.#changed = false;
    return (this.#source = { ...this.#source, children });
  }
}

/** A document being worked on. Owns its children. */
export class WorkingDocument {
  readonly kind = 'document';
  readonly #source: XmlDocument;
  children: ChildList<WorkingNode>;
  #changed = false;

  constructor(source: XmlDocument) {
    this.#source = source;
    this.children = childrenOf(this, source.children);
  }

  /** Lets everything go. */
  empty(): void {
    release(this.children);
    this.children = childrenOf(this, []);
    this.touch();
  }

  touch(): void {
    this.#changed = true;
  }

  freeze(): XmlDocument {
    if (!this.#changed) return this.#source;
    const children: XmlDocumentChild[] = [];
    let root = this.#source.root;
    for (const child of this.children.frozen(frozen)) {
      if (child.kind === 'text') continue;
      if (child.kind === 'element') root = child;
      children.push(child);
    }
    return { children, root };
  }
}

/** A node to work on. */
export function thawNode(node: XmlNode): WorkingNode {
  return node.kind === 'element' ? new WorkingElement(node) : new WorkingLeaf(node);
}

function childrenOf(parent: WorkingParent, nodes: readonly XmlNode[]): ChildList<WorkingNode> {
  return new ChildList(nodes, (node) => {
    const working = thawNode(node);
    working.parent = parent;
    return working;
  });
}

function frozen(node: WorkingNode): XmlNode {
  return node.freeze();
}

// Whoever still holds one of them must see that it is gone.
function release(children: ChildList<WorkingNode> | undefined): void {
  for (const child of children?.slots() ?? []) if (child instanceof ListedNode) child.parent = undefined;
}
