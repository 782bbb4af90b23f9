import { createRequire } from 'node:module';
import type { Node } from '@xmldom/xmldom';
import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom';
import { serializeXml } from '../../xml/serialize.ts';
import type { FoundNode, XPathQuestion } from '../../xupdate/evaluate-xpath.ts';
import { variableKey } from '../../xupdate/modifications.ts';
import { XUpdateError } from '../../xupdate/xupdate-error.ts';

type Value = string | number | boolean;

/** A node as the DOM has it, as far as it is looked at here. */
interface DomNode extends Node {
  readonly ownerElement?: DomNode | null;
}

interface XPathResult {
  readonly constructor: { readonly name: string };
  readonly toArray?: () => readonly DomNode[];
  readonly booleanValue: () => boolean;
  readonly numberValue: () => number;
  readonly stringValue: () => string;
}

/** What is used of the package `xpath`, whose own types lack `parse` (xpath 0.0.34). */
interface XPathLibrary {
  readonly parse: (expression: string) => {
    readonly evaluate: (options: {
      readonly node: Node;
      readonly namespaces: (prefix: string) => string | undefined;
      readonly variables: (name: string, namespace: string | null) => Value;
    }) => XPathResult;
  };
}

// Holds: this part of the package is as its documentation says, and the tests call it.
const library = createRequire(import.meta.url)('xpath') as XPathLibrary;

const ATTRIBUTE_NODE = 2;

/**
 * Answers general XPath 1.0 about a document, for operators' modifications. Each question makes a DOM of the whole document: convenient, not fast.
 * @throws XUpdateError `select-syntax` for what is no expression or uses an unknown function, `prefix` and `variable` for unknown ones of these
 */
export function evaluateXPath({
  expression,
  document,
  resolvePrefix,
  variables,
}: XPathQuestion): Value | readonly FoundNode[] {
  // Its default is to go on after errors, with a part of the document.
  const dom = new DOMParser({ onError: onErrorStopParsing }).parseFromString(serializeXml(document), 'text/xml');
  // Entities in a text may have split it, and texts are counted merged.
  dom.normalize();
  try {
    const result = library.parse(expression).evaluate({
      node: dom,
      namespaces: (prefix) => resolvePrefix(prefix) ?? unbound(prefix),
      variables: (name, namespace) => variable(variables, variableKey(namespace ?? '', name)),
    });
    return result.toArray === undefined ? plainValue(result) : result.toArray().map(foundNode);
  } catch (cause) {
    if (cause instanceof XUpdateError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new XUpdateError('select-syntax', `the expression cannot be evaluated: ${reason}`, { cause });
  }
}

function variable(variables: ReadonlyMap<string, Value>, key: string): Value {
  const value = variables.get(key);
  if (value === undefined) throw new XUpdateError('variable', `there is no variable with a plain value ${key.trim()}`);
  return value;
}

function unbound(prefix: string): never {
  throw new XUpdateError('prefix', `the prefix ${prefix} is not bound`);
}

function plainValue(result: XPathResult): Value {
  switch (result.constructor.name) {
    case 'XNumber':
      return result.numberValue();
    case 'XBoolean':
      return result.booleanValue();
    default:
      return result.stringValue();
  }
}

function foundNode(node: DomNode): FoundNode {
  if (node.nodeType !== ATTRIBUTE_NODE) return { path: pathTo(node) };
  const attribute = { namespace: node.namespaceURI ?? '', local: node.localName ?? node.nodeName };
  return { path: pathTo(node.ownerElement ?? node), attribute };
}

/** The way down from the document node. What is white space between the nodes beside the root is no node there. */
function pathTo(node: Node): readonly number[] {
  const path: number[] = [];
  for (let at = node; at.parentNode !== null; at = at.parentNode) path.unshift(positionOf(at));
  return path;
}

function positionOf(node: Node): number {
  const isTop = node.parentNode?.parentNode === null;
  let position = 0;
  for (let before = node.previousSibling; before !== null; before = before.previousSibling)
    if (!isTop || before.nodeType !== before.TEXT_NODE) position += 1;
  return position;
}
