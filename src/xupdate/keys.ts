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
  for (let at = 0; at < names.length; at++) {
    const found = attributeNamed(element, names[at] ?? '');
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The attribute without namespace that has the name. */
export function attributeNamed(element: Pick<XmlElement, 'attributes'>, name: string): XmlAttribute | undefined {
  const { attributes } = element;
  for (let at = 0; at < attributes.length; at++) if (attributes[at]?.name === name) return attributes[at];
  return undefined;
}
