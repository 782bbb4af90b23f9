import type { Collection, Document } from 'mongodb';
import { isTaken, translateDriverError } from './driver-errors.ts';
import { oneOf } from './one-of.ts';

/** What every row has: a key, by which alone every compatible server finds it without a walk through all. */
export interface Row {
  readonly _id: string;
}

/** A condition in the language of the server. */
export type Filter = Readonly<Record<string, unknown>>;

/** Which rows to read, and what of them. */
export interface Wanted {
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  /** Leaves these out. */
  readonly without?: readonly string[];
}

/** How many rows were read and written, for the benchmark's count of cost. */
export interface RowCounts {
  rowsRead: number;
  rowsWritten: number;
}

/** How much one command may carry: servers that hold a cursor for each update in a command run out of them. */
export interface CommandLimits {
  readonly updates: number;
  readonly rows: number;
}

const keyTaken = 11_000;
/** How many rows one answer may have: the driver asks for 101, and then again. */
const batchSize = 2_500;

/** The rows of one kind. Errors come out as StoreError. */
export class MongoRows<Kind extends Row> {
  readonly #collection: Collection;
  readonly #counts: RowCounts;
  readonly #limits: CommandLimits;

  constructor(collection: Collection, counts: RowCounts, limits: CommandLimits) {
    this.#collection = collection;
    this.#counts = counts;
    this.#limits = limits;
  }

  /** The row with a key. */
  async get(key: string): Promise<Kind | undefined> {
    const row = await this.#translated(async () => this.#collection.findOne({ _id: key as never }));
    if (row !== null) this.#counts.rowsRead++;
    return row === null ? undefined : kindOf<Kind>(row);
  }

  /** The rows that meet a condition. */
  async find(filter: Filter, wanted: Wanted = {}): Promise<readonly Kind[]> {
    const { sort, limit, without = [] } = wanted;
    const projection = Object.fromEntries(without.map((name) => [name, 0]));
    const rows = await this.#translated(async () => {
      const cursor = this.#collection.find(filter, { batchSize, ...(without.length === 0 ? {} : { projection }) });
      // Holds: the driver takes what JavaScript keeps in order; names of rows are never numbers.
      if (sort !== undefined) cursor.sort(sort);
      if (limit !== undefined) cursor.limit(limit);
      return cursor.toArray();
    });
    this.#counts.rowsRead += rows.length;
    return rows.map((row) => kindOf<Kind>(row));
  }

  /** The rows with these keys, in no order. A few are looked up one by one, which no server walks through all for. */
  async withKeys(keys: readonly string[]): Promise<readonly Kind[]> {
    if (keys.length === 0) return [];
    if (keys.length > fewKeys) return this.find({ _id: oneOf(keys) });
    const rows = await Promise.all(keys.map(async (key) => this.get(key)));
    return rows.filter((row) => row !== undefined);
  }

  /** The first row that meets a condition, in an order. */
  async first(filter: Filter, sort: Readonly<Record<string, 1 | -1>>): Promise<Kind | undefined> {
    const [row] = await this.find(filter, { sort, limit: 1 });
    return row;
  }

  async count(filter: Filter): Promise<number> {
    return this.#translated(async () => this.#collection.countDocuments(filter));
  }

  /** The values of a text field among the rows that meet a condition, each once, in no order. */
  async texts(field: string, filter: Filter): Promise<readonly string[]> {
    const found = await this.#translated(async () => this.#collection.distinct(field, filter));
    return found.filter((value): value is string => typeof value === 'string');
  }

  /** Adds one row; false when its key, or what must be unique, is taken. This is the only thing that all compatible servers settle between two writers. */
  async claim(row: Kind): Promise<boolean> {
    try {
      await this.#translated(async () => this.#collection.insertOne(documentOf(row)));
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
    this.#counts.rowsWritten++;
    return true;
  }

  /** Adds rows; those whose keys are there stay as they are. Returns the places, in `rows`, of those that were there. */
  async add(rows: readonly Kind[]): Promise<readonly number[]> {
    const taken: number[] = [];
    for (let from = 0; from < rows.length; from += this.#limits.rows) {
      const page = rows.slice(from, from + this.#limits.rows);
      taken.push(...(await this.#addPage(page)).map((at) => from + at));
    }
    this.#counts.rowsWritten += rows.length - taken.length;
    return taken;
  }

  /** Replaces the row with this key, or adds it. */
  async put(row: Kind): Promise<void> {
    const { _id } = row;
    await this.#translated(async () =>
      this.#collection.replaceOne({ _id: _id as never }, documentOf(row), { upsert: true }),
    );
    this.#counts.rowsWritten++;
  }

  /** Replaces the row with this key where `condition` holds of it. */
  async replaceOlder(row: Kind, condition: Filter): Promise<void> {
    const filter = { ...condition, _id: row._id as never };
    await this.#translated(async () => this.#collection.replaceOne(filter, documentOf(row)));
    this.#counts.rowsWritten++;
  }

  /** Sets fields of rows that are there, by their keys. */
  async set(changes: readonly { readonly _id: string; readonly fields: Filter }[]): Promise<void> {
    for (let from = 0; from < changes.length; from += this.#limits.updates) {
      const page = changes.slice(from, from + this.#limits.updates).map(({ _id, fields }) => ({
        updateOne: { filter: { _id: _id as never }, update: { $set: fields } },
      }));
      await this.#translated(async () => this.#collection.bulkWrite(page, { ordered: false }));
    }
    this.#counts.rowsWritten += changes.length;
  }

  /** Sets fields of the row that has this key. False when there is none. */
  async setOne(key: string, fields: Filter): Promise<boolean> {
    const done = await this.#translated(async () =>
      this.#collection.updateOne({ _id: key as never }, { $set: fields }),
    );
    this.#counts.rowsWritten += done.matchedCount;
    return done.matchedCount > 0;
  }

  /** Removes rows; returns how many went. */
  async remove(filter: Filter): Promise<number> {
    const { deletedCount } = await this.#translated(async () => this.#collection.deleteMany(filter));
    this.#counts.rowsWritten += deletedCount;
    return deletedCount;
  }

  async #addPage(page: readonly Kind[]): Promise<readonly number[]> {
    if (page.length === 0) return [];
    try {
      await this.#translated(async () => this.#collection.insertMany(page.map(documentOf), { ordered: false }));
      return [];
    } catch (error) {
      const taken = takenPlaces(error);
      if (taken === undefined) throw error;
      return taken;
    }
  }

  async #translated<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw translateDriverError(cause);
    }
  }
}

const fewKeys = 4;

function kindOf<Kind extends Row>(document: Document): Kind {
  // Holds: a collection is written by this folder only, with rows of its kind.
  return document as Kind;
}

/** The driver adds nothing to a document that has a key, and changes none: no copy is needed. */
function documentOf(row: Row): Document {
  return row;
}

/** The places of rows whose keys were taken; undefined when anything else went wrong. */
function takenPlaces(error: unknown): readonly number[] | undefined {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (!isTaken(error) || !(cause instanceof Error) || !('writeErrors' in cause)) return undefined;
  const failures: unknown[] = Array.isArray(cause.writeErrors) ? cause.writeErrors : [cause.writeErrors];
  const places: number[] = [];
  for (const failure of failures) {
    if (typeof failure !== 'object' || failure === null || !('code' in failure) || !('index' in failure))
      return undefined;
    if (failure.code !== keyTaken || typeof failure.index !== 'number') return undefined;
    places.push(failure.index);
  }
  return places;
}
