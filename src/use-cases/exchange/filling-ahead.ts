import { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import type { Clock } from '../../ports/clock.ts';
import { CutChanges } from './cut-changes.ts';
import type { Outlook } from './outlook.ts';
import type { Filled, Filling } from './fill-message.ts';
import { fillMessage } from './fill-message.ts';

/** What an ordinary message of changes is filled from. */
export interface MessageSource {
  /** Equal for equal sources, different for all others: it names all that the rest is made from. */
  readonly key: string;
  readonly outlook: Outlook;
  readonly filling: Omit<Filling, 'writer' | 'pause' | 'cutChanges'>;
  /** The epoch of the own log, and the octets that the changes may take. */
  readonly epoch: string;
  readonly room: number;
}

/** A filled message. */
export interface FilledMessage {
  readonly writer: SyncWriter;
  readonly filled: Filled;
  /** What it will probably be written as, where that was done ahead, too. */
  readonly written?: WrittenAhead | undefined;
}

/** A message that was written before its turn came. */
export interface WrittenAhead {
  /** All that it rests on beside its changes: it is good for the message that rests on the same. */
  readonly frame: string;
  /** As it is kept, and as it goes out. */
  readonly kept: Uint8Array;
  readonly sent: Uint8Array;
}

/** How a filling is begun. */
interface Beginning {
  /** Writes the filled message, as far as it is known what it will be. */
  readonly write?: (message: FilledMessage) => WrittenAhead | undefined;
  /** How long the message before is left to itself. */
  readonly headStartMs?: number;
}

/** More sessions than this are not helped: each filling takes the memory of a few messages. */
const maxFillings = 4;
/** A filling that nobody has taken by then belongs to a session that was broken off. */
const lifetimeMs = 30_000;

/** The message before is compressed and sent first: the peer must not wait for what it does not need yet. */
const usualHeadStartMs = 8;

interface BegunFilling {
  readonly begunAt: number;
  readonly message: Promise<FilledMessage | undefined>;
  /** Ends the head start of the message before: somebody waits. */
  readonly hurry: () => void;
}

/**
 * Fills the next message of a session while the peer works on the last one, so that both sides work at once. It only saves time: what is taken is what filling now would
 * give, because the log is read at a fixed position, and exceptions, which are not, must be absent at both times. One for the whole process; owns what was begun.
 */
export class FillingAhead {
  readonly #clock: Clock;
  readonly #begun = new Map<string, BegunFilling>();
  readonly #cutChanges: CutChanges;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#cutChanges = new CutChanges(clock);
  }

  /** Begins to fill, unless enough is under way. Never throws. */
  begin(source: MessageSource, beginning: Beginning = {}): void {
    const now = this.#clock.now();
    for (const [key, { begunAt }] of this.#begun) if (now - begunAt > lifetimeMs) this.#begun.delete(key);
    if (this.#begun.size >= maxFillings) return;
    // What fails now fails again when it is filled in its turn, and is told there.
    const { promise: isWanted, resolve: hurry } = withResolver();
    const message = this.#fill(source, beginning, isWanted).catch(() => undefined);
    this.#begun.set(source.key, { begunAt: now, message, hurry });
  }

  /** The message filled from this source: the one that was begun, when there is one and it still holds. */
  async take(source: MessageSource): Promise<FilledMessage> {
    const begun = this.#begun.get(source.key);
    this.#begun.delete(source.key);
    begun?.hurry();
    const message = await begun?.message;
    return message !== undefined && !(await hasExceptions(source)) ? message : this.fill(source);
  }

  /** Fills a message now, behind what stands in it. */
  async fill(source: MessageSource, writer?: SyncWriter): Promise<FilledMessage> {
    return fillNow(source, { cutChanges: this.#cutChanges, writer });
  }

  async #fill(
    source: MessageSource,
    { write, headStartMs = usualHeadStartMs }: Beginning,
    isWanted: Promise<void>,
  ): Promise<FilledMessage | undefined> {
    await Promise.race([this.#clock.sleep(headStartMs), isWanted]);
    const pause = (): Promise<void> => this.#clock.sleep(0);
    if (await hasExceptions(source)) return undefined;
    const message = await fillNow(source, { pause, cutChanges: this.#cutChanges });
    return { ...message, written: write?.(message) };
  }
}

/** Fills a message, with pauses where they are given, behind what stands in it. */
export async function fillNow(
  source: MessageSource,
  {
    writer = new SyncWriter(source.epoch, source.room),
    ...help
  }: Pick<Filling, 'pause' | 'cutChanges'> & { readonly writer?: SyncWriter | undefined } = {},
): Promise<FilledMessage> {
  return { writer, filled: await fillMessage(source.outlook, { ...source.filling, ...help, writer }) };
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function hasExceptions({ outlook: { store, peer } }: MessageSource): Promise<boolean> {
  return (await store.countExceptions(peer)) > 0;
}
