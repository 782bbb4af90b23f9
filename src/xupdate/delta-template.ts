import { escapeAttribute, escapeText } from '../xml/escape.ts';
import { writtenAttributes, writtenDeclarations } from '../xml/serialize.ts';
import type { XmlElement, XmlNode } from '../xml/tree.ts';
import { XML_NAMESPACE } from '../xml/tree.ts';
import { XUPDATE_NAMESPACE } from './modifications.ts';
import { isBlank } from './parse-template.ts';

/** How a template is written: the prefix of the language, and whether blank texts are kept as they stand. */
export interface TemplateForm {
  readonly prefix: string;
  readonly preserve: boolean;
}

/**
 * Nodes as the template that makes them: literals, constructors for comments and instructions, `element` for data in the language's own
 * namespace. What names need must be declared on the nodes already.
 */
export function writeTemplate(nodes: readonly XmlNode[], form: TemplateForm): string {
  let text = '';
  for (const node of nodes) text += writeNode(node, form);
  return text;
}

/** How many texts would need a `text` constructor without `xml:space="preserve"`. */
export function countBlanks(nodes: readonly XmlNode[]): number {
  let count = 0;
  for (const node of nodes) {
    if (node.kind === 'text') count += isBlank(node.text) ? 1 : 0;
    else if (node.kind === 'element') count += countBlanks(node.children);
  }
  return count;
}

function writeNode(node: XmlNode, form: TemplateForm): string {
  const { prefix } = form;
  switch (node.kind) {
    case 'text':
      return form.preserve || !isBlank(node.text)
        ? escapeText(node.text)
        : `<${prefix}:text>${escapeText(node.text)}</${prefix}:text>`;
    case 'comment':
      return constructor(`${prefix}:comment`, '', escapeText(node.text));
    case 'processing-instruction':
      return constructor(`${prefix}:processing-instruction`, ` name="${node.target}"`, escapeText(node.text));
    case 'element':
      return node.namespace === XUPDATE_NAMESPACE ? constructed(node, form) : literal(node, form);
    default:
      return node satisfies never;
  }
}

function literal(element: XmlElement, form: TemplateForm): string {
  const start = writtenDeclarations(element.declarations) + writtenAttributes(element.attributes);
  return constructor(element.name, start, writeTemplate(element.children, inside(element, form)));
}

// An attribute of a literal is in force while it is read.
function inside(element: XmlElement, form: TemplateForm): TemplateForm {
  if (element.attributes.length === 0) return form;
  const space = element.attributes.find(({ local, namespace }) => local === 'space' && namespace === XML_NAMESPACE);
  return space === undefined ? form : { ...form, preserve: space.value === 'preserve' };
}

function constructed(element: XmlElement, form: TemplateForm): string {
  const start = ` name="${element.name}" namespace="${XUPDATE_NAMESPACE}"${writtenDeclarations(element.declarations)}`;
  const attributes = element.attributes.map(({ name, namespace, value }) => {
    const bound = namespace === '' ? '' : ` namespace="${escapeAttribute(namespace)}"`;
    return constructor(`${form.prefix}:attribute`, ` name="${name}"${bound}`, escapeText(value));
  });
  return constructor(`${form.prefix}:element`, start, attributes.join('') + writeTemplate(element.children, form));
}

function constructor(name: string, start: string, content: string): string {
  return content === '' ? `<${name}${start}/>` : `<${name}${start}>${content}</${name}>`;
}
