import { createRequire } from 'node:module';
import type { Document } from '@xmldom/xmldom';
import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom';
import type { DocumentFilter } from '../../objects/query.ts';
import type { XPathEvaluator } from '../../ports/xpath-evaluator.ts';

/** What is used of the package `xpath`. Its own types bring those of the browser into the whole program, and lack `parse` (xpath 0.0.34). */
interface XPathLibrary {
  readonly parse: (expression: string) => {
    readonly evaluateBoolean: (options: {
      readonly node: unknown;
      readonly variables: Readonly<Record<string, string>>;
    }) => boolean;
  };
}

const require = createRequire(import.meta.url);
// Holds: this part of the package is as its documentation says, and the tests call it.
const library = require('xpath') as XPathLibrary;

/** XPath 1.0 by `xpath` over the DOM of `@xmldom/xmldom`. It keeps the last document, which several queries look at one after the other. */
export class XmldomXPathEvaluator implements XPathEvaluator {
  #text: string | undefined;
  #document: Document | undefined;

  readonly compile = (expression: string): DocumentFilter => {
    const parsed = library.parse(expression);
    return (text, variables) => parsed.evaluateBoolean({ node: this.#parse(text).documentElement, variables });
  };

  #parse(text: string): Document {
    if (this.#document === undefined || this.#text !== text) {
      // Its default is to go on after errors, with a part of the document.
      this.#document = new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml');
      this.#text = text;
    }
    return this.#document;
  }
}
