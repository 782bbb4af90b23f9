import { parseDirectly } from './direct-parse.ts';
import { factsOf } from './document-facts.ts';
import type { LeafTable } from './leaf-table.ts';
import { leafTableFor } from './leaf-table.ts';
import type { XmlLimits } from './limits.ts';
import { defaultXmlLimits } from './limits.ts';
import { parseAnyXml } from './parse.ts';
import type { XmlDocument } from './tree.ts';
import { WrittenElements } from './written-elements.ts';

// What is shorter is parsed as fast as compared.
const WORTH_SHARING = 32_768;

/**
 * Parses several versions of one document. What a later version has in the very words of the first one is the same node: it is not made again, takes no memory, and
 * whoever compares the versions sees at once that it is equal. Owns what the first one was.
 */
export class XmlVersions {
  readonly #limits: XmlLimits;
  #first: WrittenElements | undefined;
  #leaves: LeafTable | undefined;

  constructor(limits: XmlLimits = defaultXmlLimits) {
    this.#limits = limits;
  }

  /** The tree of a version, as `parseXml` gives it. Throws as `parseXml`. */
  parse(text: string): XmlDocument {
    const shared = this.#first;
    const isFirst = shared === undefined && text.length >= WORTH_SHARING;
    const written = isFirst ? new WrittenElements(text) : undefined;
    const document = parseDirectly(text, this.#limits, {
      shared,
      written,
      leaves: (this.#leaves ??= leafTableFor(text.length)),
    });
    if (document === undefined) return parseAnyXml(text, this.#limits);
    if (written !== undefined) {
      written.facts = factsOf(document);
      this.#first = written;
    }
    return document;
  }
}
