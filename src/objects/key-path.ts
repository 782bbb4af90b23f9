import { RequestError } from '../errors/concord-error.ts';
import type { XmlElement } from '../xml/tree.ts';
import { nameOfProperty, textOf } from './property.ts';

/** Finds the value of a key in a document; undefined when it is not there. */
export type KeyPath = (root: XmlElement) => string | undefined;

/**
 * Reads where a key stands: `name` (a child element of the root, else an attribute of it), `@id` (an attribute), or a path such as `planet/name` or
 * `star/@ref`, of which the first match counts. Names are as written in the document; that of a property may have blanks. White space around a value is no
 * part of it, and an empty value is none.
 * @throws RequestError CON-R008 for what is no such path
 */
export function parseKeyPath(text: string): KeyPath {
  const steps = text.split('/');
  const names = steps.filter((step) => step !== '');
  const last = names.pop();
  if (
    last === undefined ||
    last === '@' ||
    names.length + 1 < steps.length ||
    names.some((name) => name.startsWith('@'))
  )
    throw new RequestError(
      'CON-R008',
      `“${text}” does not say where a key stands: write name, @attribute or element/name`,
    );
  return (root) => {
    const value = find(root, names, last)?.trim();
    return value === '' ? undefined : value;
  };
}

function find(element: XmlElement, names: readonly string[], last: string): string | undefined {
  const [name, ...others] = names;
  if (name === undefined) return valueOf(element, last);
  for (const child of childrenNamed(element, name)) {
    const value = find(child, others, last);
    if (value !== undefined) return value;
  }
  return undefined;
}

function valueOf(element: XmlElement, last: string): string | undefined {
  if (last.startsWith('@')) return attribute(element, last.slice(1));
  const [child] = childrenNamed(element, last);
  return child === undefined ? attribute(element, last) : textOf(child);
}

function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child.kind === 'element' && nameOfProperty(child) === name,
  );
}

function attribute(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((each) => each.name === name)?.value;
}
