/** What can be deferred, by name, with its payload: identifiers only, never documents (house-style §8). */
export type ActivityWork =
  | {
      readonly name: 'synchronize';
      readonly subscription: string;
      readonly options: Readonly<Record<string, string | number | boolean>>;
    }
  | {
      /** Carries a publisher's stored answer, because the way failed at first. */
      readonly name: 'deliver-answer';
      readonly publication: string;
      readonly subscriber: string;
      readonly session: string;
      readonly message: number;
      readonly to: string;
    }
  | { readonly name: 'import'; readonly path: string; readonly file: string }
  | { readonly name: 'collect-garbage' };

/**
 * Where an activity stands. `waiting` for its date or for activities it comes after; `runnable`; `running` under a lease;
 * `failed` for good and visible, until somebody restarts or cancels it. What has ended well is gone.
 */
export type ActivityState = 'waiting' | 'runnable' | 'running' | 'failed';

/** A unit of deferred work, to be queued in the same commit as the decision that asks for it. */
export interface NewActivity {
  readonly work: ActivityWork;
  /** -128 to 127, the lower the sooner; 1 by default. */
  readonly priority?: number;
  /** Not before this time, milliseconds since 1970. */
  readonly notBefore?: number;
  /** Not before so many milliseconds have passed; with a date too, the later of both. */
  readonly delayMs?: number;
  readonly tag?: string;
  /** Runs only when no activity with this tag is left, failed ones included. */
  readonly afterTag?: string;
  /** At most one activity with the same key runs at a time, in the order in which they were queued: one subscription, one sync. */
  readonly oneAtATime?: string;
  /** When an activity with this key is already waiting or runnable, nothing is queued. */
  readonly deduplicate?: string;
  readonly maxRetries?: number;
}

/** An activity in the queue. */
export interface Activity extends Required<Pick<NewActivity, 'work' | 'priority' | 'maxRetries'>> {
  readonly id: number;
  readonly state: ActivityState;
  readonly notBefore: number;
  readonly tag: string;
  readonly afterTag: string;
  readonly oneAtATime: string;
  readonly deduplicate: string;
  readonly retries: number;
  readonly createdAt: number;
  /** Why the last try failed: a code of the catalogue and a sentence. `isTold: false`: it has failed for good, and whoever is to be told of that has not been told yet. */
  readonly failure:
    { readonly code: string; readonly message: string; readonly at: number; readonly isTold?: false } | undefined;
  readonly lease: { readonly holder: string; readonly until: number } | undefined;
}
