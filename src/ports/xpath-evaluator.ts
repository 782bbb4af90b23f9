import type { DocumentFilter } from '../objects/query.ts';

/** XPath 1.0 for operators: queries of publications. What peers send is never evaluated by it. */
export interface XPathEvaluator {
  /**
   * The expression as a filter on documents; the context node is the root element, prefixes are not bound (`local-name()` finds elements with a namespace).
   * Throws an Error for what is no expression; the filter throws one for an unknown function, variable or prefix.
   */
  readonly compile: (expression: string) => DocumentFilter;
}
