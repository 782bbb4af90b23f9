import type { PeerNumber } from '../../objects/revision.ts';
import type { PeerReader } from '../../ports/peer-reader.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { ChangeStream } from './change-stream.ts';

type Reader = Pick<PeerReader, 'conflicts' | 'subscriber'>;

/** Who settles thousands at once has them found in so many looks. */
const atOnce = 200;
/** How many looks a sync that runs has to tell of it by itself. */
const patience = 2;

/**
 * Finds who of those that listen to a publication has conflicts settled that they were not told of: one that is settled by keeping what stands leaves no change in
 * the log. Owns what was looked at, hence a class.
 */
export class ConflictWatch {
  readonly #publication: string;
  readonly #peers = new Map<ChangeStream, PeerNumber>();
  /** Those that seem to lack something, and for how many looks they are still let be. */
  readonly #lacking = new Map<ChangeStream, number>();
  #listedAt: number | undefined;

  constructor(publication: string) {
    this.#publication = publication;
  }

  /** From now on, and from what it lacks already. */
  add(stream: ChangeStream, subscriber: Subscriber): void {
    this.#peers.set(stream, subscriber.peer);
    this.#lacking.set(stream, patience);
    this.#listedAt ??= toldUpTo(subscriber);
  }

  remove(stream: ChangeStream): void {
    this.#peers.delete(stream);
    this.#lacking.delete(stream);
  }

  /** Looks at what was settled since the last look, and tells those whom no sync has told meanwhile. */
  async look(store: Reader): Promise<void> {
    const asked = { role: 'publisher', state: 'settled', listedAfter: this.#listedAt ?? 0, limit: atOnce } as const;
    const settled = await store.conflicts(asked);
    this.#listedAt = settled.at(-1)?.listedAt ?? this.#listedAt;
    const peers = new Set(settled.map(({ peer }) => peer));
    for (const [stream, peer] of this.#peers)
      if (peers.has(peer) && !this.#lacking.has(stream)) this.#lacking.set(stream, patience);
    for (const [stream, looks] of [...this.#lacking]) {
      const subscriber = await store.subscriber(this.#publication, stream.listener.url);
      const isLacking = subscriber !== undefined && (await lacksConflicts(store, subscriber));
      if (isLacking && looks > 0) this.#lacking.set(stream, looks - 1);
      else this.#lacking.delete(stream);
      if (isLacking && looks === 0) stream.settled();
    }
  }
}

async function lacksConflicts(store: Reader, subscriber: Subscriber): Promise<boolean> {
  const list = { role: 'publisher', peer: subscriber.peer, listedAfter: toldUpTo(subscriber), limit: 1 } as const;
  return (await store.conflicts(list)).length > 0;
}

/** The place of the list up to which a sync has told it, or is about to. */
function toldUpTo({ state: { conflictsUpTo, session, offered } }: Subscriber): number {
  return Math.max(conflictsUpTo, session?.conflictsUpTo ?? 0, offered?.conflictsUpTo ?? 0);
}
