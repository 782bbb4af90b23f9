import { decodeXml } from './decode.ts';
import type { XmlLimits } from './limits.ts';
import { defaultXmlLimits, widestXmlLimits } from './limits.ts';
import { parseDirectly } from './direct-parse.ts';
import type { XmlStart } from './reader.ts';
import { readXml } from './reader.ts';
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts';
import { NOTHING } from './tree.ts';
import { InvariantError } from '../errors/concord-error.ts';

/**
 * Grows a tree from the events of a reading. Nodes wait on one stack until their element closes, so that each list of children is made
 * once, in its exact size: grown arrays took half of the parser's time and memory.
 */
class TreeBuilder {
  root: XmlElement | undefined;
  readonly #starts: XmlStart[] = [];
  readonly #firsts: number[] = [];
  readonly #waiting: XmlNode[] = [];
  #count = 0;
  #text = '';

  open(start: XmlStart): void {
    this.#flush();
    this.#starts.push(start);
    this.#firsts.push(this.#count);
  }

  close(): void {
    this.#flush();
    const start = this.#starts.pop();
    const first = this.#firsts.pop();
    if (start === undefined || first === undefined)
      throw new InvariantError('CON-I001', 'an element is closed that was not opened');
    const { name, prefix, local, namespace, attributes, declarations } = start;
    const children = first === this.#count ? NOTHING : this.#waiting.slice(first, this.#count);
    this.#count = first;
    const element: XmlElement = { kind: 'element', name, prefix, local, namespace, attributes, declarations, children };
    if (this.#starts.length === 0) this.root = element;
    this.#waiting[this.#count++] = element;
  }

  characters(text: string): void {
    this.#text = this.#text === '' ? text : this.#text + text;
  }

  add(node: XmlNode): void {
    this.#flush();
    this.#waiting[this.#count++] = node;
  }

  document(): XmlDocument {
    if (this.root === undefined) throw new InvariantError('CON-I001', 'a document without root was read');
    const children = this.#waiting.slice(0, this.#count).filter((node) => node.kind !== 'text');
    return { children, root: this.root };
  }

  #flush(): void {
    if (this.#text === '') return;
    this.#waiting[this.#count++] = { kind: 'text', text: this.#text };
    this.#text = '';
  }
}

/**
 * The tree of a document: strict XML 1.0 with namespaces, no DOCTYPE.
 * @throws ProtocolError `CON-X001` not well-formed (the message has line:column), `CON-X002` beyond a limit, `CON-X003` a DOCTYPE
 */
export function parseXml(text: string, limits: XmlLimits = defaultXmlLimits): XmlDocument {
  return parseDirectly(text, limits) ?? parseAnyXml(text, limits);
}

/** The tree of a document that is in the store, whatever the limits are now. Throws as `parseXml`. */
export function parseStoredXml(text: string): XmlDocument {
  return parseXml(text, widestXmlLimits);
}

/** As `parseXml`, always by the parser. */
export function parseAnyXml(text: string, limits: XmlLimits = defaultXmlLimits): XmlDocument {
  const builder = new TreeBuilder();
  readXml(text, limits, {
    open: (start) => {
      builder.open(start);
    },
    close: () => {
      builder.close();
    },
    characters: (characters) => {
      builder.characters(characters);
    },
    comment: (comment) => {
      builder.add({ kind: 'comment', text: comment });
    },
    instruction: (target, body) => {
      builder.add({ kind: 'processing-instruction', target, text: body });
    },
  });
  return builder.document();
}

/**
 * The tree of a document as it comes from a file: the encoding is told by a byte order mark, UTF-16's zeros, or the XML declaration;
 * UTF-8 otherwise.
 * @throws ProtocolError as `parseXml`, and `CON-X001` for octets that are not what the encoding says
 */
export function parseXmlOctets(octets: Uint8Array, limits: XmlLimits = defaultXmlLimits): XmlDocument {
  return parseXml(decodeXml(octets, limits), limits);
}
