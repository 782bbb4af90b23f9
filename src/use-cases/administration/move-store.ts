import { createHash } from 'node:crypto';
import { StoreError } from '../../errors/concord-error.ts';
import {
  type CopiedPlace,
  type CopiedRow,
  type CopiedSite,
  type CopiedValue,
  installationTables,
  siteTables,
  type StoreCopy,
  type StoreTarget,
} from '../../ports/store-copy.ts';

/** How far a copy has come, by table: where the next page begins, or that all of it is there. */
export interface CopyProgress {
  readonly at: (place: string) => { readonly after: string } | 'done' | undefined;
  readonly save: (place: string, at: { readonly after: string } | 'done') => Promise<void>;
}

/** What a copy is told by, and may be stopped by. */
export interface CopyOptions {
  readonly progress: CopyProgress;
  readonly onPage?: (place: CopiedPlace, rows: number) => void;
}

/** What was copied. */
export interface CopiedStore {
  readonly sites: readonly CopiedSite[];
  readonly rows: number;
}

/** Columns that hold JSON, of which the order of names says nothing. */
const jsonColumns = new Set(['record', 'details', 'roles', 'data', 'other_edits']);

/**
 * Copies a store that nobody uses into another, and compares both by digest, table by table. What an earlier call has brought over is not brought again; only
 * when all of it is equal, the target becomes a store.
 * @throws StoreError CON-D004 when a table is not the same there as here
 */
export async function copyStore(source: StoreCopy, target: StoreTarget, options: CopyOptions): Promise<CopiedStore> {
  const sites = await source.sites();
  const places = placesOf(sites);
  for (const place of places) await copyPlace(source, target, place, options);
  let rows = 0;
  for (const place of places) rows += await compare(source, target, place);
  await target.finish(sites);
  return { sites, rows };
}

function placesOf(sites: readonly CopiedSite[]): readonly CopiedPlace[] {
  return [
    ...sites.flatMap(({ id }) => siteTables.map((table): CopiedPlace => ({ site: id, table }))),
    ...installationTables.map((table): CopiedPlace => ({ site: undefined, table })),
  ];
}

function nameOf({ site, table }: CopiedPlace): string {
  return `${site ?? ''}/${table}`;
}

async function copyPlace(
  ...[source, target, place, { progress, onPage }]: [StoreCopy, StoreTarget, CopiedPlace, CopyOptions]
): Promise<void> {
  const name = nameOf(place);
  let at = progress.at(name);
  while (at !== 'done') {
    const page = await source.page(place, at?.after);
    await target.write(place, page.rows);
    onPage?.(place, page.rows.length);
    at = page.next === undefined ? 'done' : { after: page.next };
    await progress.save(name, at);
  }
}

async function compare(source: StoreCopy, target: StoreCopy, place: CopiedPlace): Promise<number> {
  const [here, there] = [await digestOf(source, place), await digestOf(target, place)];
  if (here.digest === there.digest && here.rows === there.rows) return here.rows;
  throw new StoreError(
    'CON-D004',
    `The copy of ${nameOf(place)} differs: ${here.rows} rows here, ${there.rows} there`,
    {
      place: nameOf(place),
    },
  );
}

const digestOctets = 32;

/** The same whatever the order of the rows: the digests of all rows, added up. */
async function digestOf(
  store: StoreCopy,
  place: CopiedPlace,
): Promise<{ readonly rows: number; readonly digest: string }> {
  let rows = 0;
  const sum = new Uint8Array(digestOctets);
  let after: string | undefined;
  for (;;) {
    const page = await store.page(place, after);
    for (const row of page.rows) add(sum, digestOfRow(place, row));
    rows += page.rows.length;
    if (page.next === undefined) return { rows, digest: Buffer.from(sum).toString('base64url') };
    after = page.next;
  }
}

function add(sum: Uint8Array, digest: Uint8Array): void {
  let carry = 0;
  for (let at = 0; at < digestOctets; at++) {
    const value = (sum[at] ?? 0) + (digest[at] ?? 0) + carry;
    sum[at] = value & 0xff;
    carry = value >> 8;
  }
}

function digestOfRow({ table }: CopiedPlace, row: CopiedRow): Uint8Array {
  const hash = createHash('sha256');
  for (const name of Object.keys(row).sort()) {
    // A store that starts anew from a place of the log may count its turns otherwise.
    if (table === 'end_of_log' && name === 'turn') continue;
    hash.update(`${name}\u0000`);
    const value = canonical(name, row[name] ?? null);
    hash.update(typeof value === 'string' ? `s${value}` : value);
  }
  return hash.digest();
}

function canonical(name: string, value: CopiedValue): string | Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string' && jsonColumns.has(name)) return `j${sorted(JSON.parse(value))}`;
  return `${typeof value}${String(value)}`;
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
