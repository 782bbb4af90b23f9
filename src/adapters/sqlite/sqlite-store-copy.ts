import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CopiedPage, CopiedPlace, CopiedRow, CopiedSite, StoreTarget } from '../../ports/store-copy.ts';
import { counters, installationLayouts, siteLayouts, type TableLayout } from './copied-tables.ts';
import { installationMigrations } from './installation-schema.ts';
import { unpack } from './packed-rows.ts';
import { recordOf } from './peer-rows.ts';
import { type DatabaseOptions, SqliteDatabase, type Value } from './sqlite-database.ts';
import { installationFile, siteFile, sitesFolder } from './sqlite-installation.ts';
import { openSiteDatabase } from './sqlite-site-store.ts';

const pageRows = 500;
/** A page ends behind a row that makes it longer than this. */
const pageUnits = 4_000_000;

const textOfDocument = `coalesce(document, (SELECT d.document FROM revision AS d WHERE d.seq = revision.document_at)) AS document`;

/** The files of a data directory as a whole, to be copied from, or to be filled. */
export class SqliteStoreCopy implements StoreTarget {
  readonly #directory: string;
  readonly #random: () => string;
  readonly #installation: SqliteDatabase;
  readonly #open = new Map<string, SqliteDatabase>();

  readonly #options: DatabaseOptions;

  private constructor(directory: string, random: () => string, options: DatabaseOptions) {
    this.#directory = directory;
    this.#random = random;
    this.#options = options;
    this.#installation = new SqliteDatabase(join(directory, installationFile), installationMigrations, options);
  }

  /** Opens the files of a data directory. */
  static async source(directory: string): Promise<SqliteStoreCopy> {
    return new SqliteStoreCopy(directory, () => '', {});
  }

  /** Opens files that are to be filled; makes them where there are none. They are moved afterwards, and so each is one file at all times. */
  static async target(directory: string, random: () => string): Promise<SqliteStoreCopy> {
    await mkdir(join(directory, sitesFolder), { recursive: true, mode: 0o700 });
    return new SqliteStoreCopy(directory, random, { journal: 'rollback', flush: 'full' });
  }

  async sites(): Promise<readonly CopiedSite[]> {
    return this.#installation
      .all<{ id: string; title: string; created_at: number }>('SELECT id, title, created_at FROM site ORDER BY id')
      .map(({ id, title, created_at: createdAt }) => ({ id, title, createdAt }));
  }

  async page(place: CopiedPlace, after: string | undefined): Promise<CopiedPage> {
    const database = this.#databaseOf(place);
    if (place.table === 'end_of_log') return { rows: [endOfLog(database)], next: undefined };
    const layout = layoutOf(place);
    const kept = place.table === 'peer' ? [...layout.columns, 'packed'] : layout.columns;
    const columns = kept.map((name) => (name === 'document' ? textOfDocument : name)).join(', ');
    const key = layout.key.join(', ');
    // Holds: the text is made below, from the values of a row.
    const last = after === undefined ? undefined : (JSON.parse(after) as readonly (string | number)[]);
    const read = database.all<CopiedRow>(
      `SELECT ${columns} FROM ${place.table} ${last === undefined ? '' : `WHERE (${key}) > (${last.map(() => '?').join(', ')})`} ORDER BY ${key} LIMIT +?`,
      ...(last ?? []),
      pageRows,
    );
    const rows = place.table === 'peer' ? read.map(unpacked) : read;
    const page = withinBounds(rows);
    const end = page.at(-1);
    const isLast = page.length === rows.length && rows.length < pageRows;
    const next = isLast || end === undefined ? undefined : JSON.stringify(layout.key.map((name) => end[name]));
    return { rows: page, next };
  }

  async write(place: CopiedPlace, rows: readonly CopiedRow[]): Promise<void> {
    const database = this.#databaseOf(place);
    database.write(() => {
      for (const row of rows) {
        if (place.table === 'end_of_log') writeEndOfLog(database, row, place.site);
        else if (place.table === 'revision') writeRevision(database, row);
        else insert(database, { table: place.table, columns: layoutOf(place).columns }, row);
      }
    });
  }

  async finish(sites: readonly CopiedSite[]): Promise<void> {
    for (const { id } of sites) {
      const database = this.#site(id);
      database.write(() => {
        database.run('DELETE FROM object');
        database.run(`INSERT INTO object (gid, seq, parent, id) SELECT gid, seq, parent, id FROM revision AS r
          WHERE r.state = 'present' AND r.seq = (SELECT max(n.seq) FROM revision AS n WHERE n.gid = r.gid)`);
      });
    }
    this.#installation.write(() => {
      for (const { id, title, createdAt } of sites)
        this.#installation.run(
          'INSERT OR REPLACE INTO site (id, title, created_at, serial) VALUES (?, ?, ?, ?)',
          ...[id, title, createdAt, this.#random()],
        );
    });
    this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  #close(): void {
    for (const database of this.#open.values()) database.close();
    this.#open.clear();
    this.#installation.close();
  }

  #databaseOf({ site }: CopiedPlace): SqliteDatabase {
    return site === undefined ? this.#installation : this.#site(site);
  }

  #site(id: string): SqliteDatabase {
    const file = join(this.#directory, siteFile(id));
    const database = this.#open.get(id) ?? openSiteDatabase(file, this.#options);
    this.#open.set(id, database);
    return database;
  }
}

function layoutOf(place: CopiedPlace): TableLayout {
  if (place.site === undefined) return installationLayouts[place.table];
  return place.table === 'end_of_log' ? { columns: [], key: [] } : siteLayouts[place.table];
}

/** How a peer is kept is this store's own affair. */
function unpacked({ packed, ...row }: CopiedRow): CopiedRow {
  const record = packed instanceof Uint8Array ? recordOf({ record: '', packed }) : row['record'];
  const message = row['message'] instanceof Uint8Array ? unpack(row['message']) : row['message'];
  return { ...row, ...(record !== undefined && { record }), ...(message !== undefined && { message }) };
}

function withinBounds(rows: readonly CopiedRow[]): readonly CopiedRow[] {
  let units = 0;
  const end = rows.findIndex((row) => {
    for (const value of Object.values(row))
      units += typeof value === 'object' ? (value?.length ?? 0) : String(value).length;
    return units > pageUnits;
  });
  return end === -1 ? rows : rows.slice(0, end + 1);
}

function endOfLog(database: SqliteDatabase): CopiedRow {
  const row = database.get<CopiedRow>('SELECT epoch, seq, hash, turn FROM site');
  const last = Object.entries(counters).map(([name, table]) => {
    const found = database.get<{ seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?', table);
    return [name, found?.seq ?? 0] as const;
  });
  return { ...row, ...Object.fromEntries(last) };
}

function writeEndOfLog(database: SqliteDatabase, row: CopiedRow, site: string | undefined): void {
  const { epoch = '', seq = 0, hash = '', turn = 0 } = row;
  database.run(
    'INSERT OR REPLACE INTO site (only, id, epoch, seq, hash, turn) VALUES (1, ?, ?, ?, ?, ?)',
    ...[site ?? '', epoch, seq, hash, turn],
  );
  for (const [name, table] of Object.entries(counters)) {
    const value = row[name] ?? 0;
    if (database.run('UPDATE sqlite_sequence SET seq = ? WHERE name = ?', value, table) === 0)
      database.run('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', table, value);
  }
}

/** A document that is that of the revision before is not kept again. */
function writeRevision(database: SqliteDatabase, row: CopiedRow): void {
  const { seq = 0, gid = null, digest = '' } = row;
  const before =
    gid === null
      ? undefined
      : database.get<{ document_at: number; digest: string }>(
          'SELECT document_at, digest FROM revision WHERE gid = ? AND seq < ? ORDER BY seq DESC LIMIT 1',
          gid,
          seq,
        );
  const isSame = before?.digest === digest;
  const written = {
    ...row,
    document_at: isSame ? before.document_at : seq,
    document: isSame ? null : (row['document'] ?? null),
  };
  insert(database, { table: 'revision', columns: [...siteLayouts.revision.columns, 'document_at'] }, written);
}

function insert(
  database: SqliteDatabase,
  { table, columns }: { readonly table: string; readonly columns: readonly string[] },
  row: CopiedRow,
): void {
  const values = columns.map((name): Value => row[name] ?? null);
  const places = columns.map(() => '?').join(', ');
  database.run(`INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${places})`, ...values);
}
