import type { XmlAttribute, XmlElement } from '../xml/tree.ts';

/** Which attributes (without namespace) tell repeated elements apart: the first one that an element has is its key. */
export interface KeyRules {
  readonly attributes: readonly string[];
  /** Other attributes for elements of these names, as written in the document; an empty list means no key. */
  readonly byElement?: ReadonlyMap<string, readonly string[]>;
}

/** `gid`, else `id`. */
export const defaultKeyRules: KeyRules = Object.freeze({ attributes: Object.freeze(['gid', 'id']) });

/** The attribute that is the element's key; undefined when it has none. */
export function keyOfElement(element: XmlElement, rules: KeyRules): XmlAttribute | undefined {
  if (element.attributes.length === 0) return undefined;
  const names = rules.byElement?.get(element.name) ?? rules.attributes;
  for (const name of names) {
    const found = attributeNamed(element, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The attribute without namespace that has the name. */
export function attributeNamed(element: XmlElement, name: string): XmlAttribute | undefined {
  for (const attribute of element.attributes) if (attribute.name === name) return attribute;
  return undefined;
}
