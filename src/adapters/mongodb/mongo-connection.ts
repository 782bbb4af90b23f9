import type { Db, MongoClient, MongoClientOptions } from 'mongodb';
import { ConfigurationError, StoreError } from '../../errors/concord-error.ts';
import { isMissing, translateDriverError } from './driver-errors.ts';
import { type CommandLimits, MongoRows, type Row, type RowCounts } from './mongo-rows.ts';
import { siteIndexes, type SiteTable, type SiteTables } from './site-tables.ts';

/** How a server is reached. */
export interface ConnectionOptions {
  /** `mongodb://host/database`; it may carry a password. */
  readonly url: string;
  /** How long to wait for a server that can be written to. */
  readonly timeoutMs?: number;
}

const leastVersion = 4.4;
/** Some servers keep a cursor open for each update of a command, and run out of them. */
const modestLimits: CommandLimits = { updates: 20, rows: 500 };
const usualLimits: CommandLimits = { updates: 1_000, rows: 2_000 };

// Said of the database, too: in a URL it could be said otherwise of the connection.
const writeConcern = { w: 'majority', journal: true } as const;

const driverOptions: MongoClientOptions = {
  appName: 'concord',
  ignoreUndefined: true,
  // A row that was read must not be taken back when another server of a replica set takes over.
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  writeConcern,
};

/** A database at a MongoDB server, or at one that speaks its language. */
export class MongoConnection implements AsyncDisposable {
  readonly limits: CommandLimits;
  readonly #client: MongoClient;
  readonly #database: Db;
  readonly #counts: RowCounts = { rowsRead: 0, rowsWritten: 0 };

  private constructor(client: MongoClient, limits: CommandLimits) {
    this.#client = client;
    this.#database = client.db(undefined, { writeConcern });
    this.limits = limits;
  }

  /**
   * Connects. The driver is loaded here, so that it costs nothing to those who have no server.
   * @throws ConfigurationError CON-C001 when the URL is none
   * @throws StoreError CON-D008 (`later`) when the server cannot be reached, CON-D009 when it is too old or refuses the user
   */
  static async open({ url, timeoutMs = 10_000 }: ConnectionOptions): Promise<MongoConnection> {
    const driver = await import('mongodb');
    const client = clientOf(driver.MongoClient, url, timeoutMs);
    try {
      await client.connect();
      const { version, isModest } = await serverOf(client.db());
      if (version < leastVersion) {
        throw new StoreError(
          'CON-D009',
          `The MongoDB server has version ${String(version)}; Concord needs 4.4 or later`,
        );
      }
      return new MongoConnection(client, isModest ? modestLimits : usualLimits);
    } catch (cause) {
      await client.close();
      throw translateDriverError(cause);
    }
  }

  /** What the driver says of the place, without a password. */
  get place(): string {
    return `${this.#client.options.hosts.map(String).join(',')}/${this.#database.databaseName}`;
  }

  /** The rows of one kind, by the name of their collection. */
  rows<Kind extends Row>(name: string, counts = this.#counts): MongoRows<Kind> {
    return new MongoRows<Kind>(this.#database.collection(name), counts, this.limits);
  }

  /** The rows of a site, whose collections have names that begin alike. */
  siteTables(prefix: string): SiteTables {
    const counts: RowCounts = { rowsRead: 0, rowsWritten: 0 };
    const kept = new Map<SiteTable, MongoRows<Row>>();
    const rows = <Kind extends Row>(table: SiteTable): MongoRows<Kind> => {
      const known = kept.get(table) ?? this.rows<Row>(`${prefix}.${table}`, counts);
      kept.set(table, known);
      // Holds: a table is asked for with the kind of its rows, and what it keeps is of that kind.
      return known as unknown as MongoRows<Kind>;
    };
    return {
      rows,
      limits: this.limits,
      get statistics() {
        return { ...counts };
      },
    };
  }

  /** Makes the collections of a site, and those of their indexes that are missing. */
  async prepareSite(prefix: string): Promise<void> {
    for (const [table, indexes] of Object.entries(siteIndexes)) await this.prepare(`${prefix}.${table}`, indexes);
  }

  /** Makes those indexes of a collection that are missing. */
  async prepare(name: string, indexes: readonly Readonly<Record<string, 1 | -1>>[]): Promise<void> {
    if (indexes.length === 0) return;
    const collection = this.#database.collection(name);
    // Not every server takes it well to be asked for an index that it has.
    const known = await this.#translated(async () =>
      collection
        .listIndexes()
        .toArray()
        .catch((error: unknown) => {
          if (isMissing(error)) return [];
          throw error;
        }),
    );
    const keys = new Set(known.map(({ key }) => JSON.stringify(key)));
    const missing = indexes.filter((key) => !keys.has(JSON.stringify(key)));
    if (missing.length === 0) return;
    await this.#translated(async () => collection.createIndexes(missing.map((key) => ({ key: { ...key } }))));
  }

  /** The names of the collections that begin so. */
  async names(prefix: string): Promise<readonly string[]> {
    const all = await this.#translated(async () => this.#database.listCollections({}, { nameOnly: true }).toArray());
    return all.map(({ name }) => name).filter((name) => name.startsWith(prefix));
  }

  /** Removes the collections that begin so, with all that is in them. */
  async drop(prefix: string): Promise<void> {
    for (const name of await this.names(prefix))
      await this.#translated(async () => this.#database.collection(name).drop());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  async #translated<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw translateDriverError(cause);
    }
  }
}

function clientOf(Client: typeof MongoClient, url: string, timeoutMs: number): MongoClient {
  try {
    return new Client(url, {
      ...driverOptions,
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: timeoutMs,
      waitQueueTimeoutMS: 60_000,
    });
  } catch (cause) {
    // Its own words may hold the password.
    throw new ConfigurationError(
      'CON-C001',
      'store.url is no MongoDB URL: mongodb://user:password@host:27017/database, or mongodb+srv://…; what is special in a password is escaped, @ as %40',
      { cause },
    );
  }
}

async function serverOf(database: Db): Promise<{ readonly version: number; readonly isModest: boolean }> {
  const build: unknown = await database.command({ buildInfo: 1 });
  if (typeof build !== 'object' || build === null) return { version: 0, isModest: true };
  const text = 'version' in build && typeof build.version === 'string' ? build.version : '';
  return { version: Number(/^\d+\.\d+/.exec(text)?.[0] ?? 0), isModest: 'ferretdbVersion' in build };
}
