import type { XmlDocument } from '../xml/tree.ts';
import type { ExpandedName } from './select.ts';

/** A node that a general expression found: the way down by child positions from 0, texts merged; with `attribute`, that one of the element. */
export interface FoundNode {
  readonly path: readonly number[];
  readonly attribute?: ExpandedName;
}

/** A general XPath 1.0 question about a document, context node the document node. */
export interface XPathQuestion {
  readonly expression: string;
  readonly document: XmlDocument;
  readonly resolvePrefix: (prefix: string) => string | undefined;
  /** Variables of plain values, by `variableKey`; those of nodes can be used alone only, and are not here. */
  readonly variables: ReadonlyMap<string, string | number | boolean>;
}

/** Answers general XPath 1.0 for tools. Nodes come in document order. Throws XUpdateError `select-syntax` for what is no expression. */
export type EvaluateXPath = (question: XPathQuestion) => string | number | boolean | readonly FoundNode[];
