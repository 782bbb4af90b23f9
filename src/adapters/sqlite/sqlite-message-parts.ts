import type { MessagePart, MessageParts } from '../../ports/message-parts.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Parts of messages that are not complete yet, in the site's file. */
export class SqliteMessageParts implements MessageParts {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async addPart(message: string, { part, octets }: MessagePart, at: number): Promise<void> {
    this.#database.run(
      'INSERT OR REPLACE INTO message_part (message, part, at, octets) VALUES (?, ?, ?, ?)',
      ...[message, part, at, octets],
    );
  }

  async parts(message: string): Promise<readonly MessagePart[]> {
    return this.#database.all<MessagePart>(
      'SELECT part, octets FROM message_part WHERE message = ? ORDER BY part',
      message,
    );
  }

  async dropParts(message: string): Promise<void> {
    this.#database.run('DELETE FROM message_part WHERE message = ?', message);
  }

  async dropOlderParts(before: number): Promise<number> {
    this.#database.run('DELETE FROM message_part WHERE at < ?', before);
    const kept = 'SELECT coalesce(sum(length(octets)), 0) AS octets FROM message_part';
    return this.#database.get<{ octets: number }>(kept)?.octets ?? 0;
  }
}
