import type { XmlElement, XmlNode } from '../xml/tree.ts';
import { XML_NAMESPACE } from '../xml/tree.ts';
import type { XmlWriter } from '../xml/xml-writer.ts';
import { XUPDATE_NAMESPACE } from './modifications.ts';
import { isBlank } from './parse-template.ts';

/** How a template is written: the prefix of the language, and whether blank texts are kept as they stand. */
export interface TemplateForm {
  readonly prefix: string;
  readonly preserve: boolean;
}

/** Whether more than one text would need a `text` constructor without `xml:space="preserve"`. */
export function hasSeveralBlanks(nodes: readonly XmlNode[]): boolean {
  return countBlanks(nodes, 0) > 1;
}

function countBlanks(nodes: readonly XmlNode[], before: number): number {
  let count = before;
  for (let at = 0; at < nodes.length && count < 2; at++) {
    const node = nodes[at];
    if (node?.kind === 'text') count += isBlank(node.text) ? 1 : 0;
    else if (node?.kind === 'element') count = countBlanks(node.children, count);
  }
  return count;
}

/**
 * A node as the template that makes it: literals, constructors for comments and instructions, `element` for data in the language's own
 * namespace. What names need must be declared on the node already.
 */
export function writeTemplate(writer: XmlWriter, node: XmlNode, form: TemplateForm): void {
  switch (node.kind) {
    case 'text':
      if (form.preserve || !isBlank(node.text)) writer.text(node.text);
      else writeCharacters(writer, { name: `${form.prefix}:text`, text: node.text });
      return;
    case 'comment':
      writeCharacters(writer, { name: `${form.prefix}:comment`, text: node.text });
      return;
    case 'processing-instruction':
      writeCharacters(writer, {
        name: `${form.prefix}:processing-instruction`,
        text: node.text,
        attributes: [['name', node.target]],
      });
      return;
    case 'element':
      if (node.namespace === XUPDATE_NAMESPACE) writeConstructed(writer, node, form);
      else writeLiteral(writer, node, form);
      return;
    default:
      node satisfies never;
  }
}

function writeLiteral(writer: XmlWriter, element: XmlElement, form: TemplateForm): void {
  writer.open(element.name);
  writer.declarations(element.declarations);
  writer.attributes(element.attributes);
  if (element.children.length === 0) {
    writer.endEmpty();
    return;
  }
  writer.endOpen();
  writeTemplates(writer, element.children, inside(element, form));
  writer.close(element.name);
}

// An attribute of a literal is in force while it is read.
function inside(element: XmlElement, form: TemplateForm): TemplateForm {
  if (element.attributes.length === 0) return form;
  const space = element.attributes.find(({ local, namespace }) => local === 'space' && namespace === XML_NAMESPACE);
  return space === undefined ? form : { ...form, preserve: space.value === 'preserve' };
}

function writeConstructed(writer: XmlWriter, element: XmlElement, form: TemplateForm): void {
  const name = `${form.prefix}:element`;
  writer.open(name);
  writer.attribute('name', element.name);
  writer.attribute('namespace', XUPDATE_NAMESPACE);
  writer.declarations(element.declarations);
  if (element.attributes.length + element.children.length === 0) {
    writer.endEmpty();
    return;
  }
  writer.endOpen();
  for (const attribute of element.attributes) {
    const bound = attribute.namespace === '' ? [] : [['namespace', attribute.namespace] as const];
    writeCharacters(writer, {
      name: `${form.prefix}:attribute`,
      text: attribute.value,
      attributes: [['name', attribute.name], ...bound],
    });
  }
  writeTemplates(writer, element.children, form);
  writer.close(name);
}

function writeTemplates(writer: XmlWriter, nodes: readonly XmlNode[], form: TemplateForm): void {
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at];
    if (node !== undefined) writeTemplate(writer, node, form);
  }
}

interface Characters {
  readonly name: string;
  readonly text: string;
  readonly attributes?: readonly (readonly [name: string, value: string])[];
}

function writeCharacters(writer: XmlWriter, { name, text, attributes = [] }: Characters): void {
  writer.open(name);
  for (const [each, value] of attributes) writer.attribute(each, value);
  if (text === '') {
    writer.endEmpty();
    return;
  }
  writer.endOpen();
  writer.text(text);
  writer.close(name);
}
