import { operatorScript } from './operator-script.ts';
import { RequestError } from '../errors/concord-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { FailedActivity, TellOptions } from '../use-cases/administration/tell-of-failures.ts';

/** How long the script may take: a worker waits for it. */
const longestMs = 30_000;

/** Tells the operator's script of activities that have failed for good, where the configuration names one. */
export function tellScriptOfFailures(file: string | undefined, clock: Pick<Clock, 'sleep'>): TellOptions {
  if (file === undefined) return {};
  const tell = async (site: string, { activity, code, message, at }: FailedActivity): Promise<void> => {
    const script = await operatorScript(file);
    const { id, work, tag, priority, retries, createdAt } = activity;
    await script({ site, id, work, tag, priority, tries: retries + 1, createdAt, code, message, at });
  };
  return {
    onFailed: async ({ site }, failed) => {
      const told = new AbortController();
      const late = clock.sleep(longestMs, told.signal).then(() => {
        const text = `The script ${file} had not ended after ${longestMs / 1000} s, and was left alone`;
        if (!told.signal.aborted) throw new RequestError('CON-C001', text);
      });
      await Promise.race([tell(site, failed), late]).finally(() => {
        told.abort();
      });
    },
  };
}
