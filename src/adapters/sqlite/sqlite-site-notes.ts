import type {
  ActivityCount,
  ConflictRule,
  NewSyncEvent,
  SiteNotes,
  SyncEvent,
  SyncEventFilter,
  Token,
} from '../../ports/site-notes.ts';
import { countActivity } from './count-activity.ts';
import { readRecord } from './peer-rows.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface EventRow extends Omit<SyncEvent, 'data'> {
  readonly data: string;
}

interface RecordRow {
  readonly record: string;
}

/** What a site keeps beside the engine's rows, in the site's file. */
export class SqliteSiteNotes implements SiteNotes {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async addSyncEvent({ subscription, run, at, kind, data }: NewSyncEvent): Promise<number> {
    return this.#database.write(() => {
      if (kind === 'progress')
        this.#database.run(
          "DELETE FROM sync_event WHERE subscription = ? AND run = ? AND kind = 'progress'",
          subscription,
          run,
        );
      return this.#database.insert(
        'INSERT INTO sync_event (subscription, run, at, kind, data) VALUES (?, ?, ?, ?, ?)',
        ...[subscription, run, at, kind, JSON.stringify(data)],
      );
    });
  }

  async syncEvents(subscription: string, filter: SyncEventFilter = {}): Promise<readonly SyncEvent[]> {
    const { after = 0, limit = -1, kinds, newestFirst = false } = filter;
    const rows = this.#database.all<EventRow>(
      `SELECT number, subscription, run, at, kind, data FROM sync_event WHERE subscription = ? AND number > ?
        ${kinds === undefined ? '' : 'AND kind IN (SELECT value FROM json_each(?))'} ORDER BY number ${newestFirst ? 'DESC' : ''} LIMIT +?`,
      subscription,
      after,
      ...(kinds === undefined ? [] : [JSON.stringify(kinds)]),
      limit,
    );
    return rows.map((row) => ({ ...row, data: readRecord<SyncEvent['data']>(row.data) }));
  }

  async dropSyncEvents(subscription: string, upTo: number): Promise<void> {
    this.#database.run('DELETE FROM sync_event WHERE subscription = ? AND number <= ?', subscription, upTo);
  }

  async conflictRules(): Promise<readonly ConflictRule[]> {
    const rows = this.#database.all<RecordRow>('SELECT record FROM conflict_rule ORDER BY created_at, id');
    return rows.map(({ record }) => readRecord<ConflictRule>(record));
  }

  async addConflictRule(rule: ConflictRule): Promise<void> {
    this.#database.run(
      'INSERT OR REPLACE INTO conflict_rule (id, created_at, record) VALUES (?, ?, ?)',
      ...[rule.id, rule.createdAt, JSON.stringify(rule)],
    );
  }

  async removeConflictRule(id: string): Promise<boolean> {
    return this.#database.run('DELETE FROM conflict_rule WHERE id = ?', id) > 0;
  }

  async tokens(account?: string): Promise<readonly Token[]> {
    const rows = this.#database.all<RecordRow>(
      `SELECT record FROM token ${account === undefined ? '' : 'WHERE account = ?'} ORDER BY account, created_at, id`,
      ...(account === undefined ? [] : [account]),
    );
    return rows.map(tokenOf);
  }

  async tokenWithHash(hash: string): Promise<Token | undefined> {
    const row = this.#database.get<RecordRow>('SELECT record FROM token WHERE hash = ?', hash);
    return row === undefined ? undefined : tokenOf(row);
  }

  async saveToken(token: Token): Promise<void> {
    this.#database.run(
      'INSERT OR REPLACE INTO token (id, hash, account, created_at, record) VALUES (?, ?, ?, ?, ?)',
      ...[token.id, token.hash, token.account, token.createdAt, JSON.stringify(token)],
    );
  }

  async touchToken(id: string, lastUsedAt: number): Promise<boolean> {
    const sql = `UPDATE token SET record = json_set(record, '$.lastUsedAt', ?) WHERE id = ?`;
    return this.#database.run(sql, lastUsedAt, id) > 0;
  }

  async removeToken(id: string): Promise<boolean> {
    return this.#database.run('DELETE FROM token WHERE id = ?', id) > 0;
  }

  async countActivity(ended: Omit<ActivityCount, 'count'>, keepFrom: number, times = 1): Promise<void> {
    this.#database.write(() => {
      countActivity(this.#database, { ...ended, count: times }, keepFrom);
    });
  }

  async activityCounts(from: number): Promise<readonly ActivityCount[]> {
    return this.#database.all<ActivityCount>(
      'SELECT hour, work, outcome, count FROM activity_count WHERE hour >= ? ORDER BY hour, work, outcome',
      from,
    );
  }
}

function tokenOf({ record }: RecordRow): Token {
  return readRecord<Token>(record);
}
