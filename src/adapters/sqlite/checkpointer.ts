import { CheckpointThread } from './checkpoint-thread.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface Watched {
  readonly database: SqliteDatabase;
  /** By the clock that only runs. */
  notBefore: number;
  copying: Promise<void> | undefined;
}

const lookEveryMs = 100;
/** While somebody reads an old state, or another process is at it. */
const heldMs = 1_000;
const failedMs = 60_000;
/** Of what a commit copies by itself: what is left is for what comes until there is a moment in which nothing does. */
const beginsAt = 0.5;

/**
 * Has a thread copy the write-ahead logs of files into them, so that no commit waits for it. The thread keeps nobody from writing: it copies what there is, and what came meanwhile, until all is
 * copied, and the next commit begins the log anew. Where nobody ever pauses, or the thread fails, the log grows to its bound, and then a commit copies the rest, as it does without a thread.
 */
export class Checkpointer implements AsyncDisposable {
  readonly #thread: CheckpointThread;
  readonly #onFault: (fault: unknown) => void;
  readonly #watched = new Map<SqliteDatabase, Watched>();

  /** `onFault` is told of what kept logs from being copied, once a minute at most for each file. */
  constructor(onFault: (fault: unknown) => void, thread = new CheckpointThread()) {
    this.#onFault = onFault;
    this.#thread = thread;
  }

  /** Looks after the log of this file from now on. */
  watch(database: SqliteDatabase): void {
    const watched: Watched = { database, notBefore: 0, copying: undefined };
    this.#watched.set(database, watched);
    database.afterCommit(() => this.#look(watched));
  }

  /** Forgets it at once; when this resolves, the thread is not at it either. Called before the database is closed. */
  async letGo(database: SqliteDatabase): Promise<void> {
    const watched = this.#watched.get(database);
    this.#watched.delete(database);
    await watched?.copying;
  }

  /** The thread ends; files that are still watched are as without it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watched.clear();
    await this.#thread[Symbol.asyncDispose]();
  }

  #isWatched({ database }: Watched): boolean {
    return this.#watched.has(database);
  }

  #look(watched: Watched): void {
    const now = performance.now();
    if (now < watched.notBefore || watched.copying !== undefined || !this.#isWatched(watched)) return;
    watched.notBefore = now + lookEveryMs;
    watched.copying = this.#copyWhereDue(watched).finally(() => {
      watched.copying = undefined;
    });
  }

  /** Never fails. */
  async #copyWhereDue(watched: Watched): Promise<void> {
    try {
      while (this.#isWatched(watched)) {
        const before = watched.database.logState();
        if (before.pages < before.most * beginsAt) return;
        // The next commit copies what is left, for which the thread must not be at it.
        if (before.pages >= before.most) return;
        await this.#thread.copy(watched.database.file);
        if (!this.#isWatched(watched)) return;
        const after = watched.database.logState();
        const isBegunAnew = after.pages < before.pages;
        if (isBegunAnew || after.copied === after.pages) return;
        if (after.copied < before.pages) {
          rest(watched, heldMs);
          return;
        }
      }
    } catch (error) {
      rest(watched, failedMs);
      if (this.#isWatched(watched)) this.#onFault(error);
    }
  }
}

function rest(watched: Watched, pauseMs: number): void {
  watched.notBefore = performance.now() + pauseMs;
}
