import type { ActivityCount } from '../../ports/site-notes.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Counts the end of an activity, and forgets what is older than `keepFrom`. Runs within a transaction. */
export function countActivity(database: SqliteDatabase, ended: Omit<ActivityCount, 'count'>, keepFrom: number): void {
  const { hour, work, outcome } = ended;
  const counted = database.run(
    'UPDATE activity_count SET count = count + 1 WHERE hour = ? AND work = ? AND outcome = ?',
    ...[hour, work, outcome],
  );
  if (counted > 0) return;
  database.run('INSERT INTO activity_count (hour, work, outcome, count) VALUES (?, ?, ?, 1)', ...[hour, work, outcome]);
  database.run('DELETE FROM activity_count WHERE hour < ?', keepFrom);
}
