import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { HubShape } from './hub-processes.ts';
import { endProcess, notToBeLeft } from './servers.ts';
import type { SubscriberReply, SubscriberRequest, SubscriberResult } from './subscriber-messages.ts';

type Asked = SubscriberRequest extends infer Each
  ? Each extends SubscriberRequest
    ? Omit<Each, 'number'>
    : never
  : never;

interface Waiting {
  readonly resolve: (result: SubscriberResult) => void;
  readonly reject: (error: Error) => void;
}

/** What the publication is called that the real subscribers of a shape of hub bring reports to, and take those of the others from. */
export function reportsOf(shape: HubShape): string {
  return `Reports-${shape}`;
}

/** Real subscribers in a process of their own, seen from the benchmark. Disposing ends it. */
export class RealSubscribers implements AsyncDisposable {
  /** Reports that were written, and those that were brought to the hub in sessions that ended well. */
  written = 0;
  done = 0;
  readonly publication: string;
  /** What the names of their reports begin with. */
  readonly prefix: string;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #isBusy = new Set<number>();
  readonly #count: number;
  #number = 0;
  #next = 0;

  private constructor(data: string, count: number, publication: string) {
    this.#count = count;
    this.publication = publication;
    this.prefix = `report-of-${basename(data)}-`;
    this.#process = notToBeLeft(
      fork(join(import.meta.dirname, 'subscriber-process.js'), [data], { serialization: 'advanced', execArgv: [] }),
    );
    this.#process.on('message', (message) => {
      // Only the other end of the channel writes to it.
      const reply = message as SubscriberReply;
      const waiting = this.#waiting.get(reply.number);
      this.#waiting.delete(reply.number);
      if (reply.outcome === 'done') waiting?.resolve(reply.result);
      else waiting?.reject(new Error(reply.text));
    });
    this.#process.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the process with the subscribers ended'));
    });
  }

  /** Makes so many of them, which subscribe to the reports at this address; none has synchronised yet. */
  static async gather(
    data: string,
    { count, shape, publisher }: { readonly count: number; readonly shape: HubShape; readonly publisher: string },
  ): Promise<RealSubscribers> {
    const all = new RealSubscribers(data, count, reportsOf(shape));
    await once(all.#process, 'message');
    for (let index = 0; index < count; index++)
      await all.#ask({ do: 'subscribe', index, publisher, publication: all.publication });
    return all;
  }

  /** A session of whoever is next and has none: it brings a report of its own, and takes those of others. @returns milliseconds; undefined when all have one */
  async session(): Promise<number | undefined> {
    for (let tried = 0; tried < this.#count; tried++) {
      const index = this.#next;
      this.#next = (this.#next + 1) % this.#count;
      if (!this.#isBusy.has(index)) return this.#sessionOf(index);
    }
    return undefined;
  }

  async #sessionOf(index: number): Promise<number> {
    this.#isBusy.add(index);
    try {
      const report = `${this.prefix}${index}-${(this.written += 1)}`;
      const { ms = Number.NaN } = await this.#ask({ do: 'session', index, publication: this.publication, report });
      this.done += 1;
      return ms;
    } finally {
      this.#isBusy.delete(index);
    }
  }

  /** A session of this one, which brings nothing new. */
  async catchUp(index: number): Promise<void> {
    await this.#ask({ do: 'session', index, publication: this.publication, report: undefined });
  }

  /** Of what one of them holds. */
  async fingerprint(index: number): Promise<string> {
    return (await this.#ask({ do: 'fingerprint', index, path: `/${this.publication}` })).fingerprint ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endProcess(this.#process, () => {
      this.#ask({ do: 'close' }).catch(() => undefined);
    });
  }

  async #ask(asked: Asked): Promise<SubscriberResult> {
    const number = (this.#number += 1);
    const answered = new Promise<SubscriberResult>((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
    this.#process.send({ ...asked, number });
    return answered;
  }
}
