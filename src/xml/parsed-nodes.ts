import type { QualifiedName } from './names.ts';
import type { XmlAttribute, XmlDeclaration, XmlElement, XmlNode, XmlText } from './tree.ts';
import { NOTHING } from './tree.ts';

// What is made by a literal, the engine (V8 11.3) learns to put among what lives long as soon as one large document has lived through a collection of garbage, and never
// unlearns it: after that, parsing small documents takes twice as long. It does not for what a class makes. Hence classes, for what is nothing but a record.

/** An element as it is read: what stands behind its name is set while that is read, and never again. */
export class ParsedElement implements XmlElement {
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

/** A text as it is read. */
export class ParsedText implements XmlText {
  declare readonly kind: 'text';
  declare readonly text: string;

  constructor(text: string) {
    this.kind = 'text';
    this.text = text;
  }
}

/** An attribute as it is read. */
export class ParsedAttribute implements XmlAttribute {
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
