import { RequestError } from '../../errors/concord-error.ts';
import { lineOfJsonFault } from '../../objects/json-fault.ts';
import { documentFromJson } from '../../objects/json-form.ts';
import type { Path } from '../../objects/path.ts';
import type { FoundFile } from './source-files.ts';
import type { ReadFailure, ReadingKeys, ReadObject } from './source-object.ts';
import { documentFault, lacks } from './source-object.ts';

/** The objects of a JSON file: one, or those of an array. @throws RequestError CON-R014 for what is no JSON, naming the line */
export function* readJson(
  octets: Uint8Array,
  found: FoundFile,
  keys: ReadingKeys,
): Generator<ReadObject | ReadFailure> {
  const value = parseJson(octets);
  const file = found.file.join('/');
  if (!Array.isArray(value)) {
    yield readMember(value, { ...found, where: file }, keys);
    return;
  }
  // Holds: Array.isArray makes it any[], whose items nobody knows yet.
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    const where = `${file}: object ${index + 1}`;
    try {
      yield readItem(item, { ...found, id: String(index + 1), where }, keys);
    } catch (cause) {
      yield { kind: 'failure', where, place: found.place, id: undefined, cause: documentFault(cause) };
    }
  }
}

interface Placed {
  readonly where: string;
  readonly place: Path;
  readonly id: string;
}

/** An object in an array: `@id` names it and is no part of it; `id` names it too, and is. */
function readItem(item: unknown, placed: Placed, keys: ReadingKeys): ReadObject {
  if (typeof item !== 'object' || item === null) throw new RequestError('CON-R014', 'It is no object');
  const { '@id': given, ...rest }: Readonly<Record<string, unknown>> = { ...item };
  const isGiven = typeof given === 'string' && given !== '';
  const id = isGiven ? given : (textOf(rest['id']) ?? placed.id);
  return readMember(isGiven ? rest : item, { ...placed, id }, keys);
}

function readMember(value: unknown, { where, place, id }: Placed, keys: ReadingKeys): ReadObject {
  const document = documentFromJson(value, keys.limits);
  // Holds: documentFromJson has refused what is no object.
  const members = value as Readonly<Record<string, unknown>>;
  const key = keys.keyField === undefined ? id : (textOf(members[keys.keyField]) ?? lacks(keys.keyField));
  const gid = keys.gidField === undefined ? undefined : (textOf(members[keys.gidField]) ?? lacks(keys.gidField));
  return { kind: 'object', where, place, id: key, gid, document };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseJson(octets: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch (cause) {
    throw new RequestError('CON-R014', 'It is not UTF-8, as JSON must be', { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RequestError('CON-R014', `It is no JSON at line ${lineOfJsonFault(text) ?? 1}`, { cause });
  }
}
