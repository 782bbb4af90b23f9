import type { RetryRules } from '../activities/retry.ts';
import { defaultFollowRetry } from '../use-cases/subscriber/follow-publication.ts';
import { Followers } from '../use-cases/subscriber/followers.ts';
import type { Composition } from './compose.ts';
import { mayBeAlive } from './holder.ts';
import type { ReportFault } from './log.ts';
import type { RunningLoops } from './start-loops.ts';
import { startLoops } from './start-loops.ts';

/** Listens for the subscriptions that follow their publications, until it is disposed of. Of several processes one listens for each. */
export function startFollowing(
  composition: Composition,
  reportFault: ReportFault,
  retry: RetryRules = defaultFollowRetry,
): RunningLoops {
  const { node, changeSource } = composition;
  const stop = new AbortController();
  const followers = new Followers({
    source: changeSource,
    retry,
    random: Math.random,
    holder: node,
    isGone: (holder) => !mayBeAlive(holder, node),
    signal: stop.signal,
    reportFault: (error, site) => {
      reportFault(error, { site });
    },
  });
  const looking = startLoops({ composition, reportFault }, () => [
    async (context) => {
      await followers.look(context);
      return false;
    },
  ]);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await looking[Symbol.asyncDispose]();
      await followers[Symbol.asyncDispose]();
    },
  };
}
