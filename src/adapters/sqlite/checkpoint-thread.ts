import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../../errors/concord-error.ts';
import type { CheckpointReply, CheckpointRequest } from './checkpoint-messages.ts';
import { translateResultCode } from './driver-errors.ts';

interface Waiting {
  readonly file: string;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

// Beside this file, as it is: sources in a test, or what was built of them.
const ownProgram = new URL(`./checkpoint-program${extname(import.meta.filename)}`, import.meta.url);

/** It hardly makes anything, and its room would not be used; what V8 takes for an isolate is there anyway. */
const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };

/** A thread that copies logs into their files. It is there from the first request on, keeps no process from ending, and is begun anew when it has ended by itself. */
export class CheckpointThread implements AsyncDisposable {
  readonly #program: URL;
  readonly #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(program: URL = ownProgram) {
    this.#program = program;
  }

  /**
   * Copies what the log of this file holds now, as far as nobody reads an older state, and unless somebody else is at it.
   * @throws StoreError as `translateResultCode` says; CON-D011 (`later`) when the thread has ended
   */
  async copy(file: string): Promise<void> {
    const worker = (this.#worker ??= this.#start());
    const copied = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ file, resolve, reject });
      worker.postMessage({ file } satisfies CheckpointRequest);
    });
    this.#last = copied.catch(() => undefined);
    await copied;
  }

  /** What it is at is finished first. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    worker?.ref();
    await this.#last;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { resourceLimits, execArgv: [], name: 'checkpoints' });
    // Only the program writes to this channel.
    worker.on('message', (reply: CheckpointReply) => this.#settle(reply));
    worker.on('error', (cause) => this.#lose(worker, cause));
    worker.on('exit', () => this.#lose(worker, undefined));
    // After its listeners: to listen to messages lets it keep the process.
    worker.unref();
    return worker;
  }

  #settle(reply: CheckpointReply): void {
    const first = this.#waiting.shift();
    if (first === undefined) return;
    if (reply.outcome === 'copied') first.resolve();
    else first.reject(translateResultCode(reply.errcode, first.file, reply.text));
  }

  #lose(worker: Worker, cause: unknown): void {
    // It was told already, or was ended from here.
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = new StoreError('CON-D011', 'The thread that copies logs into the files of sites has ended', {
      cause,
      retry: 'later',
    });
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
