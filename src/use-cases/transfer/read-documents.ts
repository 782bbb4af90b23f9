import type { DocumentSource } from '../../ports/document-files.ts';
import { canonicalXml, canonicalize } from '../../xml/canonical.ts';
import { decodeXml } from '../../xml/decode.ts';
import type { XmlLimits } from '../../xml/limits.ts';
import { parseXml } from '../../xml/parse.ts';
import { readJson } from './read-json.ts';
import { readRows } from './read-rows.ts';
import type { FoundFile } from './source-files.ts';
import type { ReadFailure, ReadingKeys, ReadObject } from './source-object.ts';
import { documentFault, lacks } from './source-object.ts';

const maxJsonOctets = 64_000_000;

/** A file whose octets are on their way already; undefined for a table, which is read piece by piece. */
export interface OpenedFile {
  readonly found: FoundFile;
  readonly octets: Promise<Uint8Array> | undefined;
}

/** Begins to read a file. Twice the limit, because the octets of a document in UTF-8 may be half of those in UTF-16. */
export function openFile(source: DocumentSource, found: FoundFile, { maxOctets }: XmlLimits): OpenedFile {
  if (found.format === 'csv') return { found, octets: undefined };
  const limit = found.format === 'json' ? maxJsonOctets : maxOctets * 2;
  const octets = source.read(found.file, limit);
  // Whoever awaits it gets the failure; when the import ends before, nobody does.
  octets.catch(() => undefined);
  return { found, octets };
}

/** The objects of one file. What is wrong with them comes as failures; only a store or disk that fails is thrown. */
export async function* readDocuments(
  source: DocumentSource,
  { found, octets }: OpenedFile,
  keys: ReadingKeys,
): AsyncGenerator<ReadObject | ReadFailure> {
  const where = found.file.join('/');
  try {
    if (octets === undefined) yield* readRows(source.readTable(found.file), found, keys);
    else if (found.format === 'json') yield* readJson(await octets, found, keys);
    else yield readXml(await octets, found, keys);
  } catch (cause) {
    const isNamed = found.format === 'xml' && keys.key === undefined;
    yield {
      kind: 'failure',
      where,
      place: found.place,
      id: isNamed ? found.id : undefined,
      cause: documentFault(cause),
    };
  }
}

function readXml(octets: Uint8Array, { file, place, id }: FoundFile, keys: ReadingKeys): ReadObject {
  const where = file.join('/');
  const text = decodeXml(octets, keys.limits);
  if (keys.key === undefined && keys.gid === undefined)
    return { kind: 'object', where, place, id, gid: undefined, document: canonicalize(text, keys.limits) };
  const document = parseXml(text, keys.limits);
  const key = keys.key === undefined ? id : (keys.key(document.root) ?? lacks(keys.keyField));
  const gid = keys.gid === undefined ? undefined : (keys.gid(document.root) ?? lacks(keys.gidField));
  return { kind: 'object', where, place, id: key, gid, document: canonicalXml(document) };
}
