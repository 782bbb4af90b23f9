/**
 * A document as the XPath 1.0 data model sees it: one element, with comments and processing instructions beside it. Never changed after
 * it was made: whoever edits makes new nodes and shares the untouched ones.
 */
export interface XmlDocument {
  /** Everything at document level, in order; exactly one is the root element. */
  readonly children: readonly XmlDocumentChild[];
  readonly root: XmlElement;
}

/** An element. `name` is as written (`prefix:local`), `namespace` is `''` for none. */
export interface XmlElement {
  readonly kind: 'element';
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  /** In the order written; without `xmlns` ones. */
  readonly attributes: readonly XmlAttribute[];
  /** The `xmlns` ones, in the order written; one that repeats what is in scope already is in no canonical form. */
  readonly declarations: readonly XmlDeclaration[];
  readonly children: readonly XmlNode[];
}

/** An attribute; an unprefixed one has no namespace (`''`). */
export interface XmlAttribute {
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  readonly value: string;
}

/** `xmlns:prefix="namespace"`; prefix `''` is the default namespace, and namespace `''` with it takes the default away. */
export interface XmlDeclaration {
  readonly prefix: string;
  readonly namespace: string;
}

/** A run of characters: never empty, never beside another one. CDATA sections are texts like any other. */
export interface XmlText {
  readonly kind: 'text';
  readonly text: string;
}

/** A comment. */
export interface XmlComment {
  readonly kind: 'comment';
  readonly text: string;
}

/** A processing instruction; `text` is what stands behind the target and its white space. */
export interface XmlProcessingInstruction {
  readonly kind: 'processing-instruction';
  readonly target: string;
  readonly text: string;
}

/** What may stand inside an element. */
export type XmlNode = XmlElement | XmlText | XmlComment | XmlProcessingInstruction;

/** What may stand beside the root. */
export type XmlDocumentChild = XmlElement | XmlComment | XmlProcessingInstruction;

/** The namespace that `xml:` always stands for. */
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

/** The namespace of declarations, which no name may use. */
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** The shared empty list, so that the many leaves of a tree cost nothing. */
export const NOTHING: readonly never[] = Object.freeze([]);
