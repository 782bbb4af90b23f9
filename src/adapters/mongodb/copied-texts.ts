import type { CopiedRow, CopiedValue } from '../../ports/store-copy.ts';
import { type Blobs, longestInRow } from './blobs.ts';
import type { RowMapping } from './copied-rows.ts';
import type { Row } from './mongo-rows.ts';

/** What is long of an entry of the log. */
export const revisionLong: Required<Pick<RowMapping, 'long'>> = {
  long: [
    { column: 'document', field: 'text', blob: 'blob', isText: true },
    { column: 'shadow', field: 'shadow', blob: 'shadowBlob', isText: true },
  ],
};

/** Keeps what is long of a row beside it; returns the fields that hold or name it. */
export async function keepLong(
  { blobs, random }: { readonly blobs: Blobs; readonly random: () => string },
  mapping: Pick<RowMapping, 'long'>,
  row: CopiedRow,
): Promise<Readonly<Record<string, unknown>>> {
  const kept: Record<string, unknown> = {};
  for (const { column, field, blob } of mapping.long ?? []) {
    const value = row[column];
    if (value instanceof Uint8Array) kept[blob] = await blobs.keepOctets(value, random(), 0);
    if (typeof value !== 'string') continue;
    if (field !== undefined && value.length <= longestInRow) kept[field] = value;
    else kept[blob] = await blobs.keepText(value, random(), 0);
  }
  return kept;
}

/** The columns of what is long, brought together again. */
export async function longOf(
  mapping: Pick<RowMapping, 'long'>,
  row: Row,
  blobs: Blobs | undefined,
): Promise<CopiedRow> {
  // Holds: a row is an object with names.
  const fields = row as unknown as Readonly<Record<string, unknown>>;
  const found: Record<string, CopiedValue> = {};
  for (const { column, field, blob, isText } of mapping.long ?? []) {
    const name = fields[blob];
    const own = field === undefined ? undefined : fields[field];
    if (typeof name === 'string' && blobs !== undefined)
      found[column] = isText ? await blobs.text(name) : await blobs.octets(name);
    else found[column] = typeof own === 'string' ? own : null;
  }
  return found;
}
