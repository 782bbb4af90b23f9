/** What lines of the log belong to: a site, and a sync there, once it is known which. */
export interface Trail {
  readonly site?: string;
  /** The session's id: random, and the same at both sides and in all their processes. */
  sync?: string;
}

const failed = new WeakMap<object, Trail>();

/** Remembers what an error belongs to while it goes up to whoever reports it. Returns the error. */
export function markFailure(error: unknown, trail: Trail): unknown {
  if (typeof error === 'object' && error !== null && !failed.has(error)) failed.set(error, { ...trail });
  return error;
}

/** What an error belongs to, or one that caused it; nothing where that is not known. */
export function trailOf(error: unknown): Trail {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : undefined) {
    const trail = failed.get(at);
    if (trail !== undefined) return trail;
  }
  return {};
}
