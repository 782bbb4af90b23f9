import type { XmlNode } from '../xml/tree.ts';
import type { Application } from './application.ts';
import { checkComment, checkInstruction } from './characters.ts';
import type { Update } from './modifications.ts';
import type { AttributeTarget, Target } from './select-targets.ts';
import { buildCharacters, buildTemplate } from './template.ts';
import type { WorkingDocument, WorkingLeaf, WorkingParent } from './working-tree.ts';
import { XUpdateError } from './xupdate-error.ts';

/** Replaces the content of each target; names and attributes stay. */
export function update(application: Application, { template }: Update): (target: Target) => void {
  let nodes: readonly XmlNode[] | undefined;
  let characters: string | undefined;
  const asNodes = (): readonly XmlNode[] => (nodes ??= buildContent(application, template));
  const asCharacters = (): string => (characters ??= buildCharacters(application, template));
  return (target) => {
    switch (target.kind) {
      case 'document':
        updateDocument(application, target, asNodes());
        return;
      case 'element':
        replaceChildren(application, target, asNodes());
        return;
      case 'attribute':
        updateAttribute(application, target, asCharacters());
        return;
      case 'text':
      case 'comment':
      case 'processing-instruction':
        updateLeaf(application, target, asCharacters());
        return;
      default:
        target satisfies never;
    }
  };
}

function buildContent(application: Application, template: Update['template']): readonly XmlNode[] {
  const { nodes, attributes } = buildTemplate(application, template);
  if (attributes.length > 0) throw new XUpdateError('content', 'an attribute has no place in the content of a node');
  return nodes;
}

/** Our one extension: new content of the document node (xupdate.md, section 6). */
function updateDocument(application: Application, document: WorkingDocument, nodes: readonly XmlNode[]): void {
  const roots = nodes.filter(({ kind }) => kind === 'element').length;
  if (roots !== 1 || nodes.some(({ kind }) => kind === 'text')) {
    throw new XUpdateError('not-well-formed', 'the new document would not have exactly one root element');
  }
  replaceChildren(application, document, nodes);
}

function replaceChildren(application: Application, parent: WorkingParent, nodes: readonly XmlNode[]): void {
  parent.empty();
  application.insert(parent, nodes);
}

function updateAttribute(application: Application, { owner, attribute }: AttributeTarget, value: string): void {
  application.spend(value.length);
  owner.set({ attributes: owner.attributes.map((each) => (each === attribute ? { ...attribute, value } : each)) });
}

function updateLeaf(application: Application, leaf: WorkingLeaf, text: string): void {
  if (leaf.kind === 'comment') application.setText(leaf, checkComment(text));
  else if (leaf.kind === 'processing-instruction') application.setText(leaf, checkInstruction(text));
  else if (text === '') application.remove(leaf);
  else application.setText(leaf, text);
}
