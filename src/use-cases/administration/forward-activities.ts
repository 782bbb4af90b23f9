import type { Activity, NewActivity } from '../../activities/activity.ts';
import type { SiteContext } from '../site-context.ts';

const pageSize = 100;

/**
 * Brings the activities that were written to the store, together with a decision or before the queue was elsewhere, into the queue. Each is there before it
 * leaves the store; a kill in between runs it twice, which its handler bears. Returns how many came over.
 */
export async function forwardActivities({ outbox, queue, clock }: SiteContext): Promise<number> {
  if (outbox === undefined) return 0;
  // Takes back what somebody held who was killed before the change.
  await outbox.distribute(clock.now());
  let count = 0;
  let after = 0;
  for (;;) {
    const page = await outbox.list({ limit: pageSize, after });
    for (const activity of page) {
      after = activity.id;
      if (activity.state === 'running') continue;
      await queue.add(asNew(activity));
      await outbox.cancel(activity.id);
      count += 1;
    }
    if (page.length < pageSize) return count;
  }
}

function asNew({
  work,
  priority,
  notBefore,
  tag,
  afterTag,
  oneAtATime,
  deduplicate,
  maxRetries,
}: Activity): NewActivity {
  return { work, priority, notBefore, tag, afterTag, oneAtATime, deduplicate, maxRetries };
}
