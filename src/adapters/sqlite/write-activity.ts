import type { NewActivity } from '../../activities/activity.ts';
import { mustWait, queuedActivity } from '../../activities/queued-activity.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/**
 * Queues an activity and returns its id, or that of the one which waits already under its `deduplicate` key. It is runnable at once when it waits for
 * nothing. Runs within a transaction.
 */
export function writeActivity(database: SqliteDatabase, activity: NewActivity, now: number): number {
  const kept = queuedActivity(activity, now);
  const queued = kept.deduplicate === '' ? undefined : findQueued(database, kept.deduplicate);
  if (queued !== undefined) return queued;
  return database.insert(
    `INSERT INTO activity (state, work, priority, not_before, tag, after_tag, one_at_a_time, deduplicate, max_retries, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[mustWait(kept) ? 'waiting' : 'runnable', JSON.stringify(kept.work), kept.priority, kept.notBefore],
    ...[kept.tag, kept.afterTag, kept.oneAtATime, kept.deduplicate, kept.maxRetries, now],
  );
}

function findQueued(database: SqliteDatabase, key: string): number | undefined {
  return database.get<{ id: number }>(
    "SELECT id FROM activity WHERE deduplicate = ? AND deduplicate <> '' AND state IN ('waiting', 'runnable') ORDER BY id LIMIT 1",
    key,
  )?.id;
}
