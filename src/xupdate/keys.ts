import type { XmlElement } from '../xml/tree.ts';

/** Which attributes (without namespace) tell repeated elements apart: the first one that an element has is its key. */
export interface KeyRules {
  readonly attributes: readonly string[];
  /** Other attributes for elements of these names, as written in the document; an empty list means no key. */
  readonly byElement?: ReadonlyMap<string, readonly string[]>;
}

/** `gid`, else `id`. */
export const defaultKeyRules: KeyRules = Object.freeze({ attributes: Object.freeze(['gid', 'id']) });

/** The element's key as `attribute=value`; undefined when it has none. */
export function keyOfElement(element: XmlElement, rules: KeyRules): string | undefined {
  if (element.attributes.length === 0) return undefined;
  const names = rules.byElement?.get(element.name) ?? rules.attributes;
  for (const name of names) {
    const value = attributeValue(element, name);
    if (value !== undefined) return `${name}=${value}`;
  }
  return undefined;
}

/** The value of an attribute without namespace. */
export function attributeValue(element: XmlElement, name: string): string | undefined {
  for (const attribute of element.attributes) if (attribute.name === name) return attribute.value;
  return undefined;
}
