import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '../../errors/concord-error.ts';
import type { Boots } from '../../ports/boots.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface MarkRow {
  readonly boot: string;
  readonly holders: number;
}

/** What a mark is for: the site that it stands in. */
export interface Marked {
  readonly boots: Boots;
  /** Begins a new epoch, within a transaction. */
  readonly startEpoch: () => void;
}

/**
 * In which run of the machine how many processes have begun to write to a site and have not closed it. It is on the disk before the first of them commits anything, so
 * that a power cut, which may take the last commits, is seen afterwards: the mark of an earlier run stands there. Processes that are killed leave it, and lose
 * nothing; it counts only in another run.
 */
export class OpenMark {
  readonly #database: SqliteDatabase;
  readonly #marked: Marked;

  constructor(database: SqliteDatabase, marked: Marked) {
    this.#database = database;
    this.#marked = marked;
  }

  /** Notices at once that the machine was cut off, and sets the mark before anything is written. Where nothing can be written, both wait until something can. */
  keep(): void {
    if (!this.#notice() || !this.#database.isDurable) this.#database.beforeFirstWrite(() => this.#set());
  }

  /** False where it is to be done, and nothing can be written now. */
  #notice(): boolean {
    if (!this.#isLeftOver(this.#read())) return true;
    try {
      this.#database.writeThrough(() => this.#begin());
      return true;
    } catch (error) {
      if (error instanceof StoreError && (error.code === 'CON-D002' || error.code === 'CON-D006')) return false;
      throw error;
    }
  }

  #set(): void {
    if (this.#database.isDurable) {
      this.#database.writeThrough(() => this.#begin());
      return;
    }
    // Beside somebody whose mark is on the disk there is nothing to wait for.
    const isBeside = this.#database.write(() => this.#isHeld(this.#read()) && this.#add());
    if (!isBeside) this.#setFirst();
    this.#database.beforeClosing(() => this.#clear());
  }

  /** In the file itself, too: the log beside it may be one that nobody has waited for the folder of. */
  #setFirst(): void {
    this.#database.writeThrough(() => {
      this.#begin();
      this.#add();
    });
    this.#database.execute('PRAGMA wal_checkpoint(PASSIVE)');
    syncFolder(dirname(this.#database.file));
  }

  #add(): true {
    this.#save({ boot: this.#marked.boots.present, holders: this.#read().holders + 1 });
    return true;
  }

  /** What an earlier run of the machine left is over; what it lost comes back from the peers. */
  #begin(): void {
    if (!this.#isLeftOver(this.#read())) return;
    this.#marked.startEpoch();
    this.#save({ boot: '', holders: 0 });
  }

  /** Need not reach the disk by itself: without it there is one epoch more, and nothing is lost. */
  #clear(): void {
    this.#database.write(() => {
      const { boot, holders } = this.#read();
      if (holders > 0) this.#save({ boot: holders === 1 ? '' : boot, holders: holders - 1 });
    });
  }

  #isHeld({ boot, holders }: MarkRow): boolean {
    return holders > 0 && this.#marked.boots.isPresent(boot);
  }

  #isLeftOver(row: MarkRow): boolean {
    return row.holders > 0 && !this.#isHeld(row);
  }

  #read(): MarkRow {
    return this.#database.get<MarkRow>('SELECT boot, holders FROM open_mark') ?? { boot: '', holders: 0 };
  }

  #save({ boot, holders }: MarkRow): void {
    this.#database.run('INSERT OR REPLACE INTO open_mark (only, boot, holders) VALUES (1, ?, ?)', boot, holders);
  }
}

/** What a file says that came from elsewhere, in a backup, is of no process here. */
export function forgetMark(database: SqliteDatabase): void {
  database.run('DELETE FROM open_mark');
}

/** Not every system can. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    return;
  }
}
