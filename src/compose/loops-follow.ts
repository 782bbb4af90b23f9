import type { RetryRules } from '../activities/retry.ts';
import { defaultFollowRetry } from '../use-cases/subscriber/follow-publication.ts';
import { Followers } from '../use-cases/subscriber/followers.ts';
import { loopOverSites } from '../use-cases/administration/site-loops.ts';
import type { Composition } from './compose.ts';
import { mayBeAlive } from './holder.ts';
import type { ReportFault } from './log.ts';

/** Listens for the subscriptions that follow their publications, until it is disposed of. Of several processes one listens for each. */
export function startFollowing(
  composition: Composition,
  reportFault: ReportFault,
  retry: RetryRules = defaultFollowRetry,
): AsyncDisposable {
  const { installation, clock, configuration, node, changeSource } = composition;
  const stop = new AbortController();
  const report = (error: unknown, site: string): void => {
    reportFault(error, { site });
  };
  const followers = new Followers({
    source: changeSource,
    retry,
    random: Math.random,
    holder: node,
    isGone: (holder) => !mayBeAlive(holder, node),
    signal: stop.signal,
    reportFault: report,
  });
  const ended = loopOverSites(
    {
      sites: async () => (await installation.sites()).map(({ id }) => id),
      site: composition.site,
      clock,
      pollMs: configuration.activities.pollMs,
      signal: stop.signal,
      reportFault: report,
    },
    [
      async (context) => {
        await followers.look(context);
        return false;
      },
    ],
  );
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
      await followers[Symbol.asyncDispose]();
    },
  };
}
