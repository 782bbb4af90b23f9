import { ConcordError, RequestError } from '../../errors/concord-error.ts';
import type { NewSyncEvent, SyncEvent } from '../../ports/site-notes.ts';
import type { SiteContext } from '../site-context.ts';
import type { SyncReport } from '../subscriber/run-sync.ts';
import type { SyncProgress } from '../subscriber/running-sync.ts';

/** What a sync is run with, so that it can be watched and cancelled from elsewhere. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SyncProgress) => void;
}

/** How it is watched here, beside all who look at the events. */
export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined;
}

/** Progress is told no more often. */
const progressEveryMs = 500;
/** How often somebody's wish to cancel is looked for. */
const cancelCheckMs = 1_000;
/** Of so many syncs of a subscription the events are kept. */
const keptRuns = 10;

/**
 * Runs a sync and tells in the site's store how far it is, for all who look on from wherever, and whenever they come. Anybody's `cancel` event ends it.
 * @throws RequestError CON-E009 when it was cancelled; else as the sync does
 */
export async function watchedSync(
  context: SiteContext,
  { id, ...options }: WatchOptions & { readonly id: string },
  run: (watch: Watch) => Promise<SyncReport>,
): Promise<SyncReport> {
  // What is not there is nobody's to watch: the sync says so.
  if ((await context.store.subscription(id)) === undefined) return run(unwatched(options));
  const teller = new EventTeller(context, id);
  const started = await teller.begin();
  const cancel = new AbortController();
  const finished = new AbortController();
  const watching = watchForCancel(context, { id, after: started, cancel, finished: finished.signal });
  const outer = options.signal === undefined ? [] : [options.signal];
  try {
    const report = await run({
      signal: AbortSignal.any([cancel.signal, ...outer]),
      onProgress: (progress) => {
        options.onProgress?.(progress);
        teller.progress(progress);
      },
    });
    await teller.end(report);
    return report;
  } catch (cause) {
    const error = cancel.signal.aborted ? cancelled(id, cause) : cause;
    await teller.fail(error);
    throw error;
  } finally {
    finished.abort();
    await watching;
  }
}

function unwatched({ signal, onProgress }: WatchOptions): Watch {
  return { signal: signal ?? new AbortController().signal, onProgress: onProgress ?? ((): void => undefined) };
}

/** Tells the events of one sync in their order, one write after the other. Holds what is being written, hence a class. */
class EventTeller {
  readonly #context: SiteContext;
  readonly #subscription: string;
  readonly #run: string;
  #toldAt: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: SiteContext, subscription: string) {
    this.#context = context;
    this.#subscription = subscription;
    this.#run = context.identifiers.random();
    this.#toldAt = context.clock.now();
  }

  async begin(): Promise<number> {
    const { notes } = this.#context.store;
    const filter = { kinds: ['started'], newestFirst: true, limit: keptRuns } as const;
    const oldest = (await notes.syncEvents(this.#subscription, filter))[keptRuns - 1];
    if (oldest !== undefined) await notes.dropSyncEvents(this.#subscription, oldest.number - 1);
    return notes.addSyncEvent(this.#event('started', {}));
  }

  progress({ stage, sent, received }: SyncProgress): void {
    const now = this.#context.clock.now();
    if (now - this.#toldAt < progressEveryMs) return;
    this.#toldAt = now;
    const event = this.#event('progress', { stage, sent, received });
    // Whoever looks on misses a step when the store is busy; the sync does not wait for them.
    this.#last = this.#last.then(() => this.#context.store.notes.addSyncEvent(event)).catch(() => undefined);
  }

  async end(report: SyncReport): Promise<void> {
    await this.#last;
    const [line] = await this.#context.store.log({ subject: this.#subscription, kinds: ['sync'], limit: 1 });
    const kind = report.outcome === 'done' ? 'done' : 'waiting';
    await this.#context.store.notes.addSyncEvent(this.#event(kind, { ...report, line: line?.number ?? null }));
  }

  async fail(error: unknown): Promise<void> {
    await this.#last;
    const known = error instanceof ConcordError ? error : undefined;
    const isCancelled = known?.code === 'CON-E009';
    const message = known?.message ?? 'It was stopped before its end';
    const data = {
      code: known?.code ?? 'CON-Q002',
      message,
      remedy: known?.remedy ?? '',
      retry: known?.retry ?? 'later',
    };
    await this.#context.store.notes.addSyncEvent(this.#event(isCancelled ? 'cancelled' : 'failed', data));
  }

  #event(kind: SyncEvent['kind'], data: NewSyncEvent['data']): NewSyncEvent {
    return { subscription: this.#subscription, run: this.#run, at: this.#context.clock.now(), kind, data };
  }
}

interface CancelWatch {
  readonly id: string;
  readonly after: number;
  readonly cancel: AbortController;
  readonly finished: AbortSignal;
}

async function watchForCancel(
  { store, clock }: SiteContext,
  { id, after, cancel, finished }: CancelWatch,
): Promise<void> {
  while (true) {
    await clock.sleep(cancelCheckMs, finished);
    if (finished.aborted) return;
    // A store that is busy now is asked again.
    const asked = await store.notes.syncEvents(id, { after, kinds: ['cancel'], limit: 1 }).catch(() => []);
    if (asked.length === 0) continue;
    cancel.abort();
    return;
  }
}

function cancelled(id: string, cause: unknown): RequestError {
  return new RequestError('CON-E009', `The sync of “${id}” was cancelled`, { cause });
}
