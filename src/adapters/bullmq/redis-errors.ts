import { ConcordError, StoreError } from '../../errors/concord-error.ts';

/** Errors of the drivers come out as StoreError: all of them are of the connection or of the server, and may be over later. */
export async function translated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ConcordError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    // What Redis says when `maxmemory` is reached, and when it cannot write its append-only file.
    if (/^(?:OOM|MISCONF)\b|\bOOM command not allowed/.test(why))
      throw new StoreError('CON-Q006', `Redis takes nothing more in: ${why}`, { cause, retry: 'later' });
    throw new StoreError('CON-Q003', `Redis does not do what the queue asks for: ${why}`, { cause, retry: 'later' });
  }
}
