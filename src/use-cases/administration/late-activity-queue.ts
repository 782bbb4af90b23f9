import type { Activity, ActivityState, NewActivity } from '../../activities/activity.ts';
import type {
  ActivityFailure,
  ActivityFilter,
  ActivityQueue,
  ClaimOptions,
  Ended,
  Ending,
} from '../../ports/activity-queue.ts';

/**
 * A queue that is opened with its first use, so that nobody who does not need it waits for it. Each method opens it again when that has failed before, and fails as
 * that does.
 */
export class LateActivityQueue implements ActivityQueue {
  readonly #open: () => Promise<ActivityQueue>;
  #opened: Promise<ActivityQueue> | undefined;

  constructor(open: () => Promise<ActivityQueue>) {
    this.#open = open;
  }

  async add(activity: NewActivity): Promise<number> {
    return (await this.#queue()).add(activity);
  }

  async distribute(now: number): Promise<number> {
    return (await this.#queue()).distribute(now);
  }

  async claim(options: ClaimOptions): Promise<Activity | undefined> {
    return (await this.#queue()).claim(options);
  }

  async renew(id: number, node: string, until: number): Promise<boolean> {
    return (await this.#queue()).renew(id, node, until);
  }

  async complete(id: number, node: string, ending?: Ending): Promise<Ended> {
    return (await this.#queue()).complete(id, node, ending);
  }

  async release(id: number, node: string): Promise<boolean> {
    return (await this.#queue()).release(id, node);
  }

  async fail(id: number, node: string, failure: ActivityFailure): Promise<boolean> {
    return (await this.#queue()).fail(id, node, failure);
  }

  async untold(until: number): Promise<readonly Activity[]> {
    return (await this.#queue()).untold(until);
  }

  async noteTold(id: number, failedAt: number): Promise<void> {
    await (await this.#queue()).noteTold(id, failedAt);
  }

  async list(filter?: ActivityFilter): Promise<readonly Activity[]> {
    return (await this.#queue()).list(filter);
  }

  async get(id: number): Promise<Activity | undefined> {
    return (await this.#queue()).get(id);
  }

  async count(): Promise<Readonly<Record<ActivityState, number>>> {
    return (await this.#queue()).count();
  }

  async restart(id: number): Promise<boolean> {
    return (await this.#queue()).restart(id);
  }

  async cancel(id: number): Promise<boolean> {
    return (await this.#queue()).cancel(id);
  }

  async nextDue(): Promise<number | undefined> {
    return (await this.#queue()).nextDue();
  }

  #queue(): Promise<ActivityQueue> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }
}
