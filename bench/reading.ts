import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ReadingRequest } from './reading-worker.ts';

/** A thread that reads documents by the bare events of saxes, with or without namespaces. Disposing ends it. */
export class Reading implements AsyncDisposable {
  readonly #worker = new Worker(join(import.meta.dirname, 'reading-worker.js'));
  readonly #xmlns: boolean;

  constructor(xmlns: boolean) {
    this.#xmlns = xmlns;
  }

  /** The milliseconds of the processor that it takes to read all the texts once, by reading them some times. */
  async measure(texts: readonly string[], times: number): Promise<number> {
    const answered = once(this.#worker, 'message');
    const request: ReadingRequest = { texts, times, xmlns: this.#xmlns };
    this.#worker.postMessage(request);
    // Only the worker writes to this channel.
    const [ms] = (await answered) as [number];
    return ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
