import { isLeased } from '../../synchronization/lease.ts';
import type { SiteContext } from '../site-context.ts';
import type { FollowState } from './follow-note.ts';
import { followLeaseMs, readFollowNote, saveFollowNote } from './follow-note.ts';

/** Two who take it at the same moment see after so long which of them has it. */
const settleMs = 1_000;

/** For whom a publication is followed. */
export interface FollowHolder {
  readonly holder: string;
  /** Whether the process that a holder names has ended. */
  readonly isGone: (holder: string) => boolean;
}

/**
 * The right to follow for one subscription: one process of the installation has it. What two processes would do at the same time, for a moment, is harmless: their syncs are
 * one in the queue. Owns that right, hence a class.
 */
export class FollowLease implements AsyncDisposable {
  readonly #context: SiteContext;
  readonly #id: string;
  readonly #holder: string;
  #told: FollowState;

  private constructor(context: SiteContext, id: string, holder: string) {
    this.#context = context;
    this.#id = id;
    this.#holder = holder;
    this.#told = {
      state: 'reconnecting',
      since: context.clock.now(),
      code: '',
      message: 'It has just begun',
    };
  }

  /** Undefined when somebody else has it. */
  static async take(
    context: SiteContext,
    id: string,
    { holder, isGone, signal }: FollowHolder & { readonly signal: AbortSignal },
  ): Promise<FollowLease | undefined> {
    const { clock } = context;
    const note = await readFollowNote(context, id);
    const isFree = !isLeased(note, clock.now(), followLeaseMs) || note?.holder === holder;
    if (note !== undefined && !isFree && !isGone(note.holder)) return undefined;
    const lease = new FollowLease(context, id, holder);
    await lease.#save();
    await clock.sleep(settleMs, signal);
    return (await lease.isKept()) ? lease : undefined;
  }

  /** Whether nobody else has taken it. */
  async isKept(): Promise<boolean> {
    return (await readFollowNote(this.#context, this.#id))?.holder === this.#holder;
  }

  /** Keeps it for longer. False when it is lost. */
  async renew(): Promise<boolean> {
    if (!(await this.isKept())) return false;
    await this.#save();
    return true;
  }

  /** Says how it stands. */
  async tell(told: FollowState): Promise<void> {
    this.#told = told;
    await this.renew();
  }

  /** Gives it back, so that another process need not wait. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (await this.isKept()) await saveFollowNote(this.#context, this.#id, undefined);
  }

  async #save(): Promise<void> {
    const until = this.#context.clock.now() + followLeaseMs;
    await saveFollowNote(this.#context, this.#id, { holder: this.#holder, until, told: this.#told });
  }
}
