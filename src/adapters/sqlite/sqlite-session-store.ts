import type { Session, SessionFilter, SessionStore } from '../../ports/session-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface SessionRow {
  readonly id: string;
  readonly secret_hash: string;
  readonly site: string;
  readonly account: string;
  readonly password_mark: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly address: string;
  readonly agent: string;
}

/** The sessions of a data directory, in the file that is common to its sites. */
export class SqliteSessionStore implements SessionStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async saveSession(session: Session): Promise<void> {
    const { id, secretHash, site, account, passwordMark, createdAt, seenAt, address, agent } = session;
    this.#database.run(
      `INSERT OR REPLACE INTO session (id, secret_hash, site, account, password_mark, created_at, seen_at, address, agent)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, secretHash, site, account, passwordMark, createdAt, seenAt, address, agent],
    );
  }

  async sessionOf(secretHash: string): Promise<Session | undefined> {
    const row = this.#database.get<SessionRow>('SELECT * FROM session WHERE secret_hash = ?', secretHash);
    return row === undefined ? undefined : sessionOf(row);
  }

  async sessions({ site, account }: SessionFilter = {}): Promise<readonly Session[]> {
    return this.#database
      .all<SessionRow>(
        `SELECT * FROM session WHERE (?1 IS NULL OR site = ?1) AND (?2 IS NULL OR account = ?2) ORDER BY seen_at DESC, id`,
        site ?? null,
        account ?? null,
      )
      .map(sessionOf);
  }

  async touchSession(id: string, seenAt: number): Promise<void> {
    this.#database.run('UPDATE session SET seen_at = ? WHERE id = ?', seenAt, id);
  }

  async markSession(id: string, passwordMark: string): Promise<boolean> {
    return this.#database.run('UPDATE session SET password_mark = ? WHERE id = ?', passwordMark, id) > 0;
  }

  async endSession(id: string): Promise<boolean> {
    return this.#database.run('DELETE FROM session WHERE id = ?', id) > 0;
  }

  async endSessionsBefore({
    seenAt,
    createdAt,
  }: {
    readonly seenAt: number;
    readonly createdAt: number;
  }): Promise<number> {
    return this.#database.run('DELETE FROM session WHERE seen_at < ? OR created_at < ?', seenAt, createdAt);
  }
}

function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    secretHash: row.secret_hash,
    site: row.site,
    account: row.account,
    passwordMark: row.password_mark,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    address: row.address,
    agent: row.agent,
  };
}
