import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { existsSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ConcordError, StoreError } from '../../errors/concord-error.ts';
import { translateDriverError } from './driver-errors.ts';
import { bound, type CheckpointRow, largestLogOctets, logPages, type LogState, lookAtLog } from './write-ahead-log.ts';

/** What a statement can be given for its parameters. */
export type Value = string | number | null | Uint8Array;

/** How a database file is opened. */
export interface DatabaseOptions {
  /** `full` waits for the disk at each commit; `normal` (the default) only at checkpoints: a power cut can then undo the last commits, never part of one. */
  readonly flush?: 'normal' | 'full';
  /** How long a writer waits for others; 10 s by default. */
  readonly busyTimeoutMs?: number;
  /** Whether a file that is not there is made; it is, by default. */
  readonly mayCreate?: boolean;
  /** `rollback` for a file that is carried elsewhere, or that is only locked: it is one file at all times. */
  readonly journal?: 'wal' | 'rollback';
  /** Left out: a file that cannot be written is refused. Else it is opened for reading then, and this is told why. */
  readonly onReadOnly?: ((cause: ConcordError) => void) | undefined;
}

/** The statements that make a schema out of the one before: the first makes version 1 out of an empty file. */
export type Migrations = readonly string[];

/** Pages in memory. A large commit fills them with what nobody looks at again; with four times as many a first sync is no faster. */
const cachedKilobytes = 8_000;

/**
 * One connection to one SQLite file, with its prepared statements. A statement says `LIMIT +?`, not `LIMIT ?`: the planner looks at the value of a bare parameter there,
 * and so the statement is compiled again for each value, which takes five times as long as to run it. All work is synchronous, so that a transaction never waits with the lock held.
 * Errors come out as StoreError.
 */
export class SqliteDatabase {
  readonly file: string;
  #connection: InstanceType<typeof DatabaseSync>;
  readonly #statements = new Map<string, StatementSyncInstance>();
  readonly #flush: 'normal' | 'full';
  #beforeFirstWrite: (() => void) | undefined;
  #beforeClosing: (() => void) | undefined;
  #afterCommit: (() => void) | undefined;
  #mostLogPages = 0;
  #rowsRead = 0;
  #rowsWritten = 0;

  /** Opens, and brings the schema up to date. @throws StoreError CON-D003 when the file was written by a newer version, CON-D004 when it is missing or damaged */
  constructor(file: string, migrations: Migrations, options: DatabaseOptions = {}) {
    this.file = file;
    this.#flush = options.flush ?? 'normal';
    const { flush = 'normal', busyTimeoutMs = 10_000, mayCreate = true, journal = 'wal' } = options;
    if (!mayCreate && !existsSync(file)) throw new StoreError('CON-D004', `${file} is missing`);
    const { onReadOnly } = options;
    try {
      this.#connection = this.#connect({ busyTimeoutMs, journal, flush }, migrations);
    } catch (cause) {
      if (onReadOnly === undefined || !isUnwritable(cause)) throw cause;
      this.#connection = this.#connectToRead(migrations, cause);
      onReadOnly(cause);
    }
  }

  get statistics(): { readonly rowsRead: number; readonly rowsWritten: number } {
    return { rowsRead: this.#rowsRead, rowsWritten: this.#rowsWritten };
  }

  /** Whether each commit waits for the disk. */
  get isDurable(): boolean {
    return this.#flush === 'full';
  }

  /** Has this done before anything is written; again, when it fails. */
  beforeFirstWrite(work: () => void): void {
    this.#beforeFirstWrite = work;
  }

  /** Has this done before the file is let go of; what fails of it is no matter. */
  beforeClosing(work: () => void): void {
    this.#beforeClosing = work;
  }

  /** Has this done after each commit, until the file is let go of. It must not fail. */
  afterCommit(work: () => void): void {
    this.#afterCommit = work;
  }

  /** The first row. The caller names the columns it selected. */
  get<Row>(sql: string, ...values: readonly Value[]): Row | undefined {
    const row: unknown = this.#translated((): unknown => this.#statement(sql).get(...values));
    if (row !== undefined) this.#rowsRead++;
    // Holds: rows are written by this adapter only, into STRICT tables, and the statement names the columns.
    return row as Row | undefined;
  }

  /** All rows. */
  all<Row>(sql: string, ...values: readonly Value[]): readonly Row[] {
    const rows = this.#translated((): unknown[] => this.#statement(sql).all(...values));
    this.#rowsRead += rows.length;
    // Holds: see `get`.
    return rows as Row[];
  }

  /** Writes; returns how many rows changed. */
  run(sql: string, ...values: readonly Value[]): number {
    this.#prepareToWrite();
    const { changes } = this.#translated(() => this.#statement(sql).run(...values));
    this.#rowsWritten += changes;
    this.#tellOfCommit();
    return changes;
  }

  /** Writes a row whose number the database makes; returns the number. */
  insert(sql: string, ...values: readonly Value[]): number {
    this.#prepareToWrite();
    const { lastInsertRowid } = this.#translated(() => this.#statement(sql).run(...values));
    this.#rowsWritten++;
    this.#tellOfCommit();
    return Number(lastInsertRowid);
  }

  /** Runs statements that have no parameters and are not worth keeping. */
  execute(sql: string): void {
    this.#translated(() => this.#connection.exec(sql));
  }

  /** How much the write-ahead log of this file holds before it is written into the file. */
  boundLog(octets: number): void {
    this.#mostLogPages = logPages(octets);
    this.execute(bound(octets));
  }

  /** What the write-ahead log holds now, by whomever. Not within a transaction. */
  logState(): LogState {
    // Holds: SQLite answers a checkpoint with one row of these columns.
    const row = this.#translated(() => this.#statement(lookAtLog).get() as CheckpointRow);
    return { pages: row.log, copied: row.checkpointed, most: this.#mostLogPages };
  }

  /** Everything in `work` is committed together, or, when it throws, not at all. The write lock is taken at the start. Within another one, it is part of that. */
  write<Result>(work: () => Result): Result {
    this.#prepareToWrite();
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  /** As `write`, and the disk has it when this returns, with all that was committed before. */
  writeThrough<Result>(work: () => Result): Result {
    this.execute('PRAGMA synchronous = full');
    try {
      return this.write(work);
    } finally {
      this.execute(`PRAGMA synchronous = ${this.#flush}`);
    }
  }

  /** Everything in `work` reads the same state. */
  read<Result>(work: () => Result): Result {
    return this.#transaction('BEGIN', work);
  }

  /**
   * Ends what is under way and lets go of the file. The driver cannot end statements by itself: the file stays open, without a lock, until they are collected
   * or the process ends, and `-wal` and `-shm` lie beside it until then.
   */
  close(): void {
    if (!this.#connection.isOpen) return;
    this.#afterCommit = undefined;
    this.#rollBack();
    this.#prepareToClose();
    this.#statements.clear();
    this.#translated(() => this.#connection.close());
  }

  #prepareToWrite(): void {
    const work = this.#beforeFirstWrite;
    if (work === undefined || this.#connection.isTransaction) return;
    this.#beforeFirstWrite = undefined;
    try {
      work();
    } catch (error) {
      this.#beforeFirstWrite = work;
      throw error;
    }
  }

  #tellOfCommit(): void {
    if (this.#afterCommit !== undefined && !this.#connection.isTransaction) this.#afterCommit();
  }

  #prepareToClose(): void {
    const work = this.#beforeClosing;
    this.#beforeClosing = undefined;
    try {
      work?.();
    } catch {
      // A full disk, or somebody who writes for long: what counts is that the file is let go of.
      this.#rollBack();
    }
  }

  #transaction<Result>(begin: string, work: () => Result): Result {
    if (this.#connection.isTransaction) return work();
    this.#translated(() => this.#statement(begin).run());
    try {
      const result = work();
      this.#translated(() => this.#statement('COMMIT').run());
      if (begin !== 'BEGIN') this.#tellOfCommit();
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** SQLite has rolled back by itself after some errors (a full disk). */
  #rollBack(): void {
    if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
  }

  #connect(
    { busyTimeoutMs, journal, flush }: Required<Pick<DatabaseOptions, 'busyTimeoutMs' | 'journal' | 'flush'>>,
    migrations: Migrations,
  ): InstanceType<typeof DatabaseSync> {
    const options = { timeout: busyTimeoutMs, enableForeignKeyConstraints: true };
    const connection = this.#translated(() => new DatabaseSync(this.file, options));
    this.#connection = connection;
    try {
      this.#migrate(migrations);
      this.execute(
        `PRAGMA journal_mode = ${journal === 'wal' ? 'WAL' : 'DELETE'}; PRAGMA synchronous = ${flush}; PRAGMA cache_size = -${cachedKilobytes}`,
      );
      this.boundLog(largestLogOctets);
      // The first read makes the files beside a log; where that cannot be, nothing else could be done either.
      this.#formatVersion();
      return connection;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Without a byte written. What a log beside the file holds needs the files of whoever writes it; where there is none, nobody is writing. */
  #connectToRead(migrations: Migrations, cause: ConcordError): InstanceType<typeof DatabaseSync> {
    const log = `${this.file}-wal`;
    const hasLog = existsSync(log) && statSync(log).size > 0;
    const name = hasLog ? this.file : `${pathToFileURL(this.file).href}?immutable=1`;
    const connection = this.#translated(() => new DatabaseSync(name, { readOnly: true }));
    this.#connection = connection;
    try {
      if (this.#formatVersion() !== migrations.length) throw cause;
      return connection;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #migrate(migrations: Migrations): void {
    const known = migrations.length;
    const found = this.#formatVersion();
    if (found > known)
      throw new StoreError('CON-D003', `${this.file} has format ${found}, this version knows ${known}`);
    if (found === known) return;
    this.write(() => {
      // Another process may have migrated while this one waited for the lock.
      for (const migration of migrations.slice(this.#formatVersion())) this.execute(migration);
      this.execute(`PRAGMA user_version = ${migrations.length}`);
    });
    this.#statements.clear();
  }

  #formatVersion(): number {
    return this.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  }

  #statement(sql: string): StatementSyncInstance {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #translated<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (cause) {
      throw translateDriverError(cause, this.file);
    }
  }
}

function isUnwritable(cause: unknown): cause is ConcordError {
  return cause instanceof ConcordError && (cause.code === 'CON-D002' || cause.code === 'CON-D006');
}
