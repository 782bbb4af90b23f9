import type { QualifiedName } from './names.ts';
import type { XmlAttribute, XmlDeclaration, XmlElement, XmlNode, XmlText } from './tree.ts';
import { NOTHING } from './tree.ts';

/** How long what is made is likely to live, as the engine's collection of garbage sees it. */
export type Life = 'short' | 'long';

// What is made by a literal, the engine (V8 11.3) learns to put among what lives long as soon as one large document has lived through a collection of garbage, and never
// unlearns it. That halves the time for large documents, and doubles it for the small ones that come after. What a class makes always begins among what is new. Hence
// literals for large documents, and classes, which are nothing but records, for all others.
const MANY_CHARACTERS = 524_288;

/** How long the nodes of a document of that many characters are likely to live. */
export function lifeOf(characters: number): Life {
  return characters < MANY_CHARACTERS ? 'short' : 'long';
}

/** An element as it is read: what stands behind its name is set while that is read, and never again. */
export type ReadElement = { -readonly [Field in keyof XmlElement]: XmlElement[Field] };

/** An element without anything behind its name. */
export function readElement({ name, prefix, local }: QualifiedName, namespace: string, life: Life): ReadElement {
  if (life === 'short') return new ShortLivedElement({ name, prefix, local }, namespace);
  return {
    kind: 'element',
    name,
    prefix,
    local,
    namespace,
    attributes: NOTHING,
    declarations: NOTHING,
    children: NOTHING,
  };
}

/** A text. */
export function readText(text: string, life: Life): XmlText {
  return life === 'short' ? new ShortLivedText(text) : { kind: 'text', text };
}

/** An attribute with its value. */
export function readAttribute(
  { name, prefix, local }: QualifiedName,
  { namespace, value }: Pick<XmlAttribute, 'namespace' | 'value'>,
  life: Life,
): XmlAttribute {
  if (life === 'short') return new ShortLivedAttribute({ name, prefix, local }, namespace, value);
  return { name, prefix, local, namespace, value };
}

/** The first of a list, as a list of its own. */
export function readOnly<Node>(list: readonly Node[], at: number, life: Life): readonly Node[] {
  const only = list[at];
  return life === 'short' || only === undefined ? list.slice(at, at + 1) : [only];
}

class ShortLivedElement implements XmlElement {
  declare readonly kind: 'element';
  declare readonly name: string;
  declare readonly prefix: string;
  declare readonly local: string;
  declare namespace: string;
  declare attributes: readonly XmlAttribute[];
  declare declarations: readonly XmlDeclaration[];
  declare children: readonly XmlNode[];

  constructor({ name, prefix, local }: QualifiedName, namespace: string) {
    this.kind = 'element';
    this.name = name;
    this.prefix = prefix;
    this.local = local;
    this.namespace = namespace;
    this.attributes = NOTHING;
    this.declarations = NOTHING;
    this.children = NOTHING;
  }
}

class ShortLivedText implements XmlText {
  declare readonly kind: 'text';
  declare readonly text: string;

  constructor(text: string) {
    this.kind = 'text';
    this.text = text;
  }
}

class ShortLivedAttribute implements XmlAttribute {
  declare readonly name: string;
  declare readonly prefix: string;
  declare readonly local: string;
  declare readonly namespace: string;
  declare readonly value: string;

  constructor({ name, prefix, local }: QualifiedName, namespace: string, value: string) {
    this.name = name;
    this.prefix = prefix;
    this.local = local;
    this.namespace = namespace;
    this.value = value;
  }
}
