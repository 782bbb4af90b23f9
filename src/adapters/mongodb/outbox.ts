import type { NewActivity } from '../../activities/activity.ts';
import type { ActivityQueue } from '../../ports/activity-queue.ts';
import { outboxKey } from './plan-peers.ts';
import type { OutboxRow, SiteTables } from './site-tables.ts';

/** What was committed to be queued, and the queue. */
export interface Outbox {
  readonly tables: SiteTables;
  readonly queue: ActivityQueue;
}

/** Queues the activities of a turn that was just committed. Whoever is killed here leaves them to others. */
export async function handOverTurn(
  { tables, queue }: Outbox,
  turn: number,
  activities: readonly NewActivity[],
): Promise<void> {
  const keys: string[] = [];
  for (const [at, activity] of activities.entries()) {
    await queue.add(activity);
    keys.push(outboxKey(turn, at));
  }
  await tables.rows<OutboxRow>('outbox').remove({ _id: { $in: keys } });
}

/** For so long an activity is in the hands of the process that committed it. To queue it twice does no harm. */
const handOverMs = 5_000;

/** Queues what is left of turns whose writers were killed. */
export async function handOverLeft({ tables, queue }: Outbox, now: number): Promise<void> {
  const table = tables.rows<OutboxRow>('outbox');
  for (const { _id, at, activity } of await table.find({}, { sort: { _id: 1 } })) {
    // What is of a later time was left before the clock went back.
    if (at > now - handOverMs && at < now + handOverMs) continue;
    // Holds: the field is written from NewActivity only.
    await queue.add(JSON.parse(activity) as NewActivity);
    await table.remove({ _id });
  }
}
