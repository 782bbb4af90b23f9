import { RequestError } from '../errors/concord-error.ts';
import { canonicalize } from '../xml/canonical.ts';
import { escapeAttribute, escapeText } from '../xml/escape.ts';
import { isUnqualifiedName } from '../xml/names.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { defaultXmlLimits, widestXmlLimits } from '../xml/limits.ts';
import { parseStoredXml } from '../xml/parse.ts';
import type { XmlElement } from '../xml/tree.ts';
import { nameOfProperty } from './property.ts';

/** A value as JSON has it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** An object as JSON has it. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

const maxDepth = 64;
const wholeNumber = /^(?:0|-?[1-9]\d*)$/;

/**
 * The document of an object given as JSON: canonical XML. `portal_type` names its type (`object` when it is not there); every other member is a property:
 * a string is a `string` (a `text` when it has several lines), a number `int` or `float`, an array of strings `lines`, any other array a `list`, an object a
 * `dict`, null `None`. `{"type": …, "value": "…"}` is a property of just that type, such as a `date`. A member whose name cannot be an element's stands in
 * `<property name="…">`. `{"xml": "…"}` alone is any other document.
 * @throws RequestError CON-R014 for what is no JSON object, or is nested deeper than 64
 * @throws ProtocolError CON-X001 for characters that XML cannot hold, CON-X002 when it grows too large
 */
export function documentFromJson(value: unknown, limits: XmlLimits = defaultXmlLimits): string {
  if (!isJsonObject(value)) throw new RequestError('CON-R014', 'The JSON is not an object');
  const { portal_type: portalType = 'object', ...properties } = value;
  const foreign = properties['xml'];
  if (typeof foreign === 'string' && Object.keys(value).length === 1) return canonicalize(foreign, limits);
  if (typeof portalType !== 'string') throw new RequestError('CON-R014', 'The portal_type is not a string');
  return canonicalize(
    `<object portal_type="${escapeAttribute(portalType)}">${members(properties, 0)}</object>`,
    limits,
  );
}

/** The JSON of a canonical document, such that `documentFromJson` of it is the same document again: by properties where it is made of such, else `{"xml": "…"}`. */
export function jsonFromDocument(document: string): JsonObject {
  const { root } = parseStoredXml(document);
  const [portalType, ...others] = root.attributes;
  if (root.name === 'object' && portalType?.name === 'portal_type' && others.length === 0) {
    const properties = dictionary(root);
    if (properties !== undefined) {
      const json = { portal_type: portalType.value, ...properties };
      if (documentFromJson(json, widestXmlLimits) === document) return json;
    }
  }
  return { xml: document };
}

function members(object: JsonObject, depth: number): string {
  let text = '';
  for (const [key, value] of Object.entries(object)) text += property(key, value, depth);
  return text;
}

function property(key: string, value: JsonValue, depth: number): string {
  if (depth > maxDepth) throw new RequestError('CON-R014', `The JSON is nested deeper than ${maxDepth}`);
  const [type, content] = typedContent(value, depth + 1);
  const written = ` type="${escapeAttribute(type)}"`;
  return isUnqualifiedName(key)
    ? `<${key}${written}>${content}</${key}>`
    : `<property name="${escapeAttribute(key)}"${written}>${content}</property>`;
}

function typedContent(value: JsonValue, depth: number): readonly [type: string, content: string] {
  if (value === null) return ['None', ''];
  if (typeof value === 'boolean') return ['boolean', String(value)];
  if (typeof value === 'number') return [typeOfNumber(String(value)), String(value)];
  if (typeof value === 'string') return [typeOfString(value), escapeText(value)];
  if (isArray(value)) return isStrings(value) ? ['lines', lines(value)] : ['list', list(value, depth)];
  return explicitContent(value, depth) ?? ['dict', members(value, depth)];
}

/** The content of `{type, value}`; undefined when the object is not of that form. */
function explicitContent(object: JsonObject, depth: number): readonly [string, string] | undefined {
  const { type, value } = object;
  if (typeof type !== 'string' || value === undefined || Object.keys(object).length !== 2) return undefined;
  if (typeof value === 'string') return [type, escapeText(value)];
  if (type === 'list' && isArray(value)) return [type, list(value, depth)];
  if (type === 'dict' && isJsonObject(value)) return [type, members(value, depth)];
  return undefined;
}

function lines(values: readonly string[]): string {
  return values.map((value) => `<item>${escapeText(value)}</item>`).join('');
}

function list(values: readonly JsonValue[], depth: number): string {
  return values.map((value) => property('item', value, depth)).join('');
}

/** The properties that the children of an element are; undefined when some child is none. */
function dictionary(element: XmlElement): JsonObject | undefined {
  const entries: [string, JsonValue][] = [];
  for (const child of element.children) {
    if (child.kind !== 'element') return undefined;
    const value = valueOf(child);
    if (value === undefined) return undefined;
    entries.push([nameOfProperty(child), value]);
  }
  return Object.fromEntries(entries);
}

function valueOf(element: XmlElement): JsonValue | undefined {
  const type = attribute(element, 'type');
  if (type === 'lines') return items(element, textOf);
  if (type === 'list') {
    const values = items(element, valueOf);
    return values === undefined || !isStrings(values) ? values : { type, value: values };
  }
  if (type === 'dict') {
    const value = dictionary(element);
    return value === undefined || explicitContent(value, 0) === undefined ? value : { type, value };
  }
  const text = textOf(element);
  return type === undefined || text === undefined ? undefined : simpleValue(type, text);
}

/** The text of one type as the JSON value that comes back as the same; otherwise with the type beside it. */
function simpleValue(type: string, text: string): JsonValue {
  if (type === 'None' && text === '') return null;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'string' || type === 'text') return typeOfString(text) === type ? text : { type, value: text };
  const isNumber =
    (type === 'int' || type === 'float') && String(Number(text)) === text && Number.isFinite(Number(text));
  return isNumber && typeOfNumber(text) === type ? Number(text) : { type, value: text };
}

function items<Item>(element: XmlElement, read: (item: XmlElement) => Item | undefined): readonly Item[] | undefined {
  const values: Item[] = [];
  for (const child of element.children) {
    const value = child.kind === 'element' ? read(child) : undefined;
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function textOf({ children }: XmlElement): string | undefined {
  const [first, ...others] = children;
  if (first === undefined) return '';
  return first.kind === 'text' && others.length === 0 ? first.text : undefined;
}

function attribute(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((each) => each.name === name)?.value;
}

function typeOfString(text: string): string {
  return text.includes('\n') ? 'text' : 'string';
}

function typeOfNumber(text: string): string {
  return wholeNumber.test(text) && Number.isSafeInteger(Number(text)) ? 'int' : 'float';
}

function isStrings(values: readonly JsonValue[]): values is readonly string[] {
  return values.every((value) => typeof value === 'string');
}

// Array.isArray does not narrow a readonly array.
function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
