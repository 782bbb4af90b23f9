import type { ActivityCount } from '../../ports/site-notes.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Counts the end of an activity, or of several, and forgets what is older than `keepFrom`. Runs within a transaction. */
export function countActivity(database: SqliteDatabase, ended: ActivityCount, keepFrom: number): void {
  const { hour, work, outcome, count } = ended;
  const counted = database.run(
    'UPDATE activity_count SET count = count + ? WHERE hour = ? AND work = ? AND outcome = ?',
    ...[count, hour, work, outcome],
  );
  if (counted > 0) return;
  database.run(
    'INSERT INTO activity_count (hour, work, outcome, count) VALUES (?, ?, ?, ?)',
    ...[hour, work, outcome, count],
  );
  database.run('DELETE FROM activity_count WHERE hour < ?', keepFrom);
}
