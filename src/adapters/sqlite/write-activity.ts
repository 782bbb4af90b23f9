import type { NewActivity } from '../../activities/activity.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const defaultPriority = 1;
const defaultRetries = 5;

/**
 * Queues an activity and returns its id, or that of the one which waits already under its `deduplicate` key. It is runnable at once when it waits for
 * nothing. Runs within a transaction.
 */
export function writeActivity(database: SqliteDatabase, activity: NewActivity, now: number): number {
  const { work, notBefore = now, tag = '', afterTag = '', oneAtATime = '', deduplicate = '' } = activity;
  const queued = deduplicate === '' ? undefined : findQueued(database, deduplicate);
  if (queued !== undefined) return queued;
  const mustWait = notBefore > now || afterTag !== '';
  return database.insert(
    `INSERT INTO activity (state, work, priority, not_before, tag, after_tag, one_at_a_time, deduplicate, max_retries, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[mustWait ? 'waiting' : 'runnable', JSON.stringify(work), activity.priority ?? defaultPriority, notBefore],
    ...[tag, afterTag, oneAtATime, deduplicate, activity.maxRetries ?? defaultRetries, now],
  );
}

function findQueued(database: SqliteDatabase, key: string): number | undefined {
  return database.get<{ id: number }>(
    "SELECT id FROM activity WHERE deduplicate = ? AND deduplicate <> '' AND state IN ('waiting', 'runnable') ORDER BY id LIMIT 1",
    key,
  )?.id;
}
