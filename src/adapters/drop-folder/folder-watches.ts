import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

interface FolderWatch {
  /** Tells the folder from another one that has come to its place, as a stick does. */
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/**
 * Hears from the system when something comes into a folder. Shares and some sticks never tell, and a folder that is not there cannot: whoever waits for news looks by
 * itself all the same, seldom enough.
 */
export class FolderWatches implements Disposable {
  readonly #folders = new Set<string>();
  readonly #watches = new Map<string, FolderWatch>();
  readonly #waiting = new Set<() => void>();
  #isWanted = false;
  #hasNews = false;

  /** Watches a folder, or, until it is there, the one that it will be in; from when somebody has asked for news. */
  async attend(folder: string): Promise<void> {
    this.#folders.add(folder);
    if (!this.#isWanted) return;
    const place = (await identityOf(folder)) ?? (await identityOf(dirname(folder)));
    const known = this.#watches.get(folder);
    if (known?.identity === place?.identity) return;
    this.#forget(folder, known);
    if (place === undefined) return;
    const watcher = this.#open(folder, place.path);
    if (watcher !== undefined) this.#watches.set(folder, { identity: place.identity, watcher });
  }

  /** Resolves when something has come or gone since the last time that somebody was told, or the signal is aborted. */
  async news(signal: AbortSignal): Promise<void> {
    if (!this.#isWanted) await this.#begin();
    if (!this.#hasNews && !signal.aborted)
      await new Promise<void>((resolve) => {
        const told = (): void => {
          signal.removeEventListener('abort', told);
          this.#waiting.delete(told);
          resolve();
        };
        signal.addEventListener('abort', told);
        this.#waiting.add(told);
      });
    if (!signal.aborted) this.#hasNews = false;
  }

  [Symbol.dispose](): void {
    this.#isWanted = false;
    for (const [folder, known] of this.#watches) this.#forget(folder, known);
  }

  /** What came before this was told to nobody, so all that is to be looked at may have news. */
  async #begin(): Promise<void> {
    this.#isWanted = true;
    for (const folder of this.#folders) await this.attend(folder);
    this.#hasNews = this.#folders.size > 0;
  }

  #open(folder: string, path: string): FSWatcher | undefined {
    try {
      const watcher = watch(path, { persistent: false }, (event) => {
        // What only grows is not there yet.
        if (event === 'rename') this.#tell();
      });
      watcher.on('error', () => {
        this.#forget(folder, this.#watches.get(folder));
      });
      return watcher;
    } catch {
      // The system watches no more, or not this.
      return undefined;
    }
  }

  #forget(folder: string, known: FolderWatch | undefined): void {
    known?.watcher.close();
    this.#watches.delete(folder);
  }

  #tell(): void {
    this.#hasNews = true;
    for (const told of [...this.#waiting]) told();
  }
}

async function identityOf(path: string): Promise<{ readonly path: string; readonly identity: string } | undefined> {
  try {
    const { dev, ino } = await stat(path);
    return { path, identity: `${dev}/${ino}` };
  } catch {
    return undefined;
  }
}
