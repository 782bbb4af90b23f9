import { ConcordError, RequestError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import { isSamePosition } from '../../objects/position.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { SiteContext } from '../site-context.ts';
import type { Admitted, Listener } from './admit-listener.ts';
import { admitListener, knownPosition } from './admit-listener.ts';
import { ChangeStream } from './change-stream.ts';
import { ConflictWatch } from './conflict-watch.ts';

/** How many may listen in this process. */
export interface ListenerLimits {
  readonly streams: number;
  /** One more ends the oldest: it may be what is left of a connection that was cut. */
  readonly streamsPerSubscriber: number;
}

/** What watching takes. */
export interface ChangeWatchServices {
  readonly limits: ListenerLimits;
  /** @throws RequestError CON-R001 when the site is gone */
  readonly site: (id: string) => Promise<SiteContext>;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** The store could not be read: it is looked at again. */
  readonly reportFault: (error: unknown, site: string) => void;
}

/** How often the logs are looked at: all changes in between are told of at once. */
export const lookEveryMs = 1_000;
/** How often a listener hears that somebody is there, and is asked whether it still may listen. */
export const beatEveryMs = 15_000;

interface Watched {
  readonly site: string;
  publication: Publication;
  /** The log was looked at up to here. */
  head: Position;
  /** With how long each has not been told that somebody is there. */
  readonly streams: Map<ChangeStream, number>;
  readonly conflicts: ConflictWatch;
}

/**
 * Tells those who listen that something has changed in a publication, or conflicts of theirs were settled. However many listen, the log of a site is looked at once a second, and only while somebody does; who else
 * writes, in whatever process, makes no difference. Owns the streams and the loop that looks, hence a class.
 */
export class ChangeWatch {
  readonly #services: ChangeWatchServices;
  readonly #watched = new Map<string, Watched>();
  #open = 0;
  #isLooking = false;

  constructor(services: ChangeWatchServices) {
    this.#services = services;
  }

  /** How many listen. */
  get open(): number {
    return this.#open;
  }

  /**
   * Listens: at once to what has changed since `known` (left out: since what the publisher knows that it has), then to what changes. Whoever listens ends the stream.
   * @throws RequestError CON-W009 (`later`) when too many listen; and as `admitListener`
   */
  async listen(context: SiteContext, listener: Listener, known?: Position): Promise<ChangeStream> {
    const { streams } = this.#services.limits;
    if (this.#open >= streams) throw tooMany(streams);
    const { publication, subscriber } = await admitListener(context, listener);
    const head = await context.store.head();
    const from = known ?? knownPosition(subscriber);
    const isBehind = await hasMoved(context, publication, { from, head });
    // Others may have come meanwhile.
    if (this.#open >= streams) throw tooMany(streams);
    const stream = this.#add(context.site, { publication, subscriber, head }, listener);
    if (isBehind) stream.changed(head);
    if (!this.#isLooking) void this.#lookUntilNobodyListens();
    return stream;
  }

  /** Looks at the logs once, `passedMs` after it did so last. */
  async look(passedMs: number): Promise<void> {
    for (const site of new Set([...this.#watched.values()].map((watched) => watched.site))) {
      try {
        await this.#lookAt(await this.#services.site(site), passedMs);
      } catch (error) {
        // Where nobody listens any more nobody is waiting for it: the process may just be stopping.
        if (this.#open > 0) this.#services.reportFault(error, site);
        if (error instanceof ConcordError && error.code === 'CON-R001') this.#endAll(site);
      }
    }
  }

  async #lookUntilNobodyListens(): Promise<void> {
    this.#isLooking = true;
    while (this.#open > 0) {
      await this.#services.sleep(lookEveryMs);
      await this.look(lookEveryMs);
    }
    this.#isLooking = false;
  }

  async #lookAt(context: SiteContext, passedMs: number): Promise<void> {
    const head = await context.store.head();
    for (const watched of this.#watched.values()) {
      if (watched.site !== context.site) continue;
      const from = watched.head;
      if (!isSamePosition(from, head) && (await hasMoved(context, watched.publication, { from, head })))
        for (const stream of watched.streams.keys()) stream.changed(head);
      watched.head = head;
      await watched.conflicts.look(context.store);
      await this.#beat(context, watched, passedMs);
    }
  }

  async #beat(context: SiteContext, watched: Watched, passedMs: number): Promise<void> {
    for (const [stream, quietMs] of [...watched.streams]) {
      const isDue = quietMs + passedMs >= beatEveryMs;
      if (!stream.isOver) watched.streams.set(stream, isDue ? 0 : quietMs + passedMs);
      if (!isDue || stream.isOver) continue;
      if (stream.isStuck) {
        stream.end();
        stream.listener.cutOff?.();
        continue;
      }
      const publication = await mayStay(context, stream.listener);
      if (publication === undefined) {
        stream.end();
        continue;
      }
      // As it is now: it may have been moved to another path.
      watched.publication = publication;
      stream.beat();
    }
  }

  #add(
    site: string,
    { publication, subscriber, head }: Admitted & Pick<Watched, 'head'>,
    listener: Listener,
  ): ChangeStream {
    const key = `${site} ${publication.id}`;
    const watched = this.#watched.get(key) ?? newlyWatched(site, publication, head);
    const own = [...watched.streams.keys()].filter((each) => each.listener.url === listener.url);
    if (own.length >= this.#services.limits.streamsPerSubscriber) own[0]?.end();
    const stream = new ChangeStream(listener, () => {
      this.#open -= 1;
      watched.streams.delete(stream);
      watched.conflicts.remove(stream);
      if (watched.streams.size === 0 && this.#watched.get(key) === watched) this.#watched.delete(key);
    });
    // An end of its own above may have taken the last one away.
    this.#watched.set(key, watched);
    // Each has its own turn: those who come together are not asked all at once.
    watched.streams.set(stream, (this.#open * lookEveryMs) % beatEveryMs);
    watched.conflicts.add(stream, subscriber);
    this.#open += 1;
    // The log was looked at, and what it had told to the others, while this one was being let in.
    if (!isSamePosition(watched.head, head)) stream.changed(watched.head);
    return stream;
  }

  #endAll(site: string): void {
    for (const watched of [...this.#watched.values()])
      if (watched.site === site) for (const stream of [...watched.streams.keys()]) stream.end();
  }
}

function newlyWatched(site: string, publication: Publication, head: Position): Watched {
  return { site, publication, head, streams: new Map(), conflicts: new ConflictWatch(publication.id) };
}

/** The publication as it is now; undefined when the listener may not hear of it any more. */
async function mayStay(context: SiteContext, listener: Listener): Promise<Publication | undefined> {
  try {
    return (await admitListener(context, listener)).publication;
  } catch (error) {
    if (error instanceof ConcordError && error.code.startsWith('CON-D')) throw error;
    if (error instanceof ConcordError) return undefined;
    throw error;
  }
}

/** Whether anything of what is published has changed between two places of the log; another log is another matter altogether. */
async function hasMoved(
  { store }: SiteContext,
  { collection }: Publication,
  { from, head }: { readonly from: Position | undefined; readonly head: Position },
): Promise<boolean> {
  const isOther = from !== undefined && from.seq > 0 && (from.epoch !== head.epoch || from.seq > head.seq);
  if (isOther) return true;
  const range = { collection, after: from?.seq ?? 0, upTo: head.seq };
  return (await store.changes(range, 'all', 1)).length > 0;
}

function tooMany(streams: number): RequestError {
  const text = `${streams} subscribers listen here already, which is as many as may`;
  return new RequestError('CON-W009', text, { retry: 'later', retryAfter: '60' });
}
