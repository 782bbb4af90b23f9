import type { XmlAttribute, XmlElement, XmlNode } from '../xml/tree.ts';
import type { Application } from './application.ts';
import { checkCharacters, checkComment, checkInstruction } from './characters.ts';
import type { Constructor, ElementConstructor, Template } from './modifications.ts';
import { stringOf } from './value.ts';
import { evaluateValue } from './value-of.ts';
import { XUpdateError } from './xupdate-error.ts';

/** What a template makes: attributes for the element it is meant for, and nodes with texts merged. */
export interface Built {
  readonly attributes: readonly XmlAttribute[];
  readonly nodes: readonly XmlNode[];
}

/** Makes what the template describes. @throws XUpdateError `content`, `variable` */
export function buildTemplate(application: Application, template: Template): Built {
  const built = new BuiltNodes();
  for (const item of template) buildItem(application, item, built);
  return built.finish();
}

/** The characters that the template describes, values as their strings. @throws XUpdateError `content` for anything else in it, and for what is no character of XML */
export function buildCharacters(application: Application, template: Template): string {
  let text = '';
  for (const item of template) {
    if (item.kind === 'text') text += item.text;
    else if (item.kind === 'value-of') text += stringOf(evaluateValue(application, item.select));
    else throw new XUpdateError('content', 'the target takes characters only');
    if (text.length > application.rules.limits.maxOctets) application.spend(text.length);
  }
  return checkCharacters(text);
}

/** Collects nodes and attributes; owns the run of characters that is open. */
class BuiltNodes {
  readonly #nodes: XmlNode[] = [];
  readonly #attributes = new Map<string, XmlAttribute>();
  #text = '';

  text(text: string): void {
    this.#text += text;
  }

  node(node: XmlNode): void {
    if (node.kind === 'text') {
      this.#text += node.text;
      return;
    }
    this.#flush();
    this.#nodes.push(node);
  }

  attribute(attribute: XmlAttribute): void {
    const expanded = `${attribute.local} ${attribute.namespace}`;
    if (this.#attributes.has(expanded)) {
      throw new XUpdateError('content', `the attribute ${attribute.name} is written twice`);
    }
    this.#attributes.set(expanded, attribute);
  }

  finish(): Built {
    this.#flush();
    return { attributes: [...this.#attributes.values()], nodes: this.#nodes };
  }

  #flush(): void {
    if (this.#text !== '') this.#nodes.push({ kind: 'text', text: this.#text });
    this.#text = '';
  }
}

function buildItem(application: Application, item: Constructor, built: BuiltNodes): void {
  switch (item.kind) {
    case 'element':
      built.node(buildElement(application, item));
      return;
    case 'node':
      built.node(item.node);
      return;
    case 'attribute': {
      const { name, prefix, local, namespace } = item;
      built.attribute({ name, prefix, local, namespace, value: buildCharacters(application, item.content) });
      return;
    }
    case 'text':
      built.text(item.text);
      return;
    case 'comment':
      built.node({ kind: 'comment', text: checkComment(buildCharacters(application, item.content)) });
      return;
    case 'processing-instruction': {
      const text = checkInstruction(buildCharacters(application, item.content));
      built.node({ kind: 'processing-instruction', target: item.target, text });
      return;
    }
    case 'value-of':
      buildCopies(application, item.select, built);
      return;
    default:
      item satisfies never;
  }
}

function buildElement(application: Application, item: ElementConstructor): XmlElement {
  const { name, prefix, local, namespace, declarations } = item;
  const inner = new BuiltNodes();
  for (const attribute of item.attributes) inner.attribute(attribute);
  for (const each of item.content) buildItem(application, each, inner);
  const { attributes, nodes } = inner.finish();
  return { kind: 'element', name, prefix, local, namespace, attributes, declarations, children: nodes };
}

function buildCopies(application: Application, select: Parameters<typeof evaluateValue>[1], built: BuiltNodes): void {
  const value = evaluateValue(application, select);
  if (typeof value !== 'object') {
    built.text(checkCharacters(stringOf(value)));
    return;
  }
  for (const node of value) {
    if (node.kind === 'attribute') built.attribute(node.attribute);
    else if (node.kind === 'document') for (const child of node.document.children) built.node(child);
    else built.node(node);
  }
}
