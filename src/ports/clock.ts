/** The time, and waiting for it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `delayMs`, or when the signal is aborted (no error: the caller looks at the signal). */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
