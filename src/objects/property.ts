import type { XmlElement } from '../xml/tree.ts';

/** The text of a property of an object's document: of the first child element with this name, or of `<property name="…">`; undefined when there is none. */
export function propertyNamed(root: XmlElement, name: string): string | undefined {
  for (const child of root.children) {
    if (child.kind === 'element' && nameOfProperty(child) === name) return textOf(child);
  }
  return undefined;
}

/** The name of the property that a child element of an object's document is: names that cannot be an element's stand in an attribute. */
export function nameOfProperty(element: XmlElement): string {
  const attribute = element.name === 'property' ? element.attributes.find(({ name }) => name === 'name') : undefined;
  return attribute?.value ?? element.name;
}

/** All text inside an element, in document order. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (const child of element.children) {
    if (child.kind === 'text') text += child.text;
    else if (child.kind === 'element') text += textOf(child);
  }
  return text;
}
