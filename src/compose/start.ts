import type { ReportFault } from './log.ts';
import type { Composition } from './compose.ts';
import { ConcordError, ConfigurationError } from '../errors/concord-error.ts';

const mostAheadMs = 5_000;

/**
 * What a process looks at before it serves or works: whether the queue's server can hold a queue. What can be lived with is reported.
 * @throws ConfigurationError CON-Q003, CON-Q004 when it cannot; nothing was started
 */
export async function refuseUnfit({ sharedQueues }: Composition, reportFault: ReportFault): Promise<void> {
  if (sharedQueues === undefined) return;
  const { isDurable, aheadMs } = await sharedQueues.examine().catch((error: unknown) => {
    if (error instanceof ConcordError && !(error instanceof ConfigurationError))
      throw new ConfigurationError(error.code, error.message, { cause: error });
    throw error;
  });
  const part = 'queue';
  if (!isDurable) reportFault(notDurable(), { part });
  if (Math.abs(aheadMs) > mostAheadMs)
    reportFault(
      new ConfigurationError('CON-Q005', `The clock of Redis and of this machine are ${Math.abs(aheadMs)} ms apart`, {
        retry: 'later',
      }),
      { part },
    );
}

function notDurable(): ConfigurationError {
  const text = 'Redis keeps no append-only file: activities that were queued shortly before it is killed are lost';
  return new ConfigurationError('CON-Q005', text, { retry: 'later' });
}
