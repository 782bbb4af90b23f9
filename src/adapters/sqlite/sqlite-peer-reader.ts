import type { Gid } from '../../objects/gid.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { ConflictFilter, ListedConflict, LogLine, PeerReader } from '../../ports/peer-reader.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import {
  type ConflictRow,
  conflictOf,
  type LogLineRow,
  lineOf,
  type PeerRow,
  readRecord,
  subscriberOf,
  subscriptionOf,
} from './peer-rows.ts';
import type { Value } from './sqlite-database.ts';
import { SqliteObjectReader } from './sqlite-object-reader.ts';

interface ExceptionOptions {
  readonly gids?: readonly Gid[];
  readonly after?: string;
  readonly limit?: number;
  readonly reason?: Exception['reason'];
}

const ofPeer = 'SELECT number, version, record FROM peer';

/** Reads publications, peers, conflicts and the log of synchronisations out of a site's file, beside the objects. */
export class SqlitePeerReader extends SqliteObjectReader implements PeerReader {
  async publications(): Promise<readonly Publication[]> {
    const rows = this.database.all<{ record: string }>('SELECT record FROM publication ORDER BY id');
    return rows.map(({ record }) => readRecord<Publication>(record));
  }

  async publication(id: string): Promise<Publication | undefined> {
    const row = this.database.get<{ record: string }>('SELECT record FROM publication WHERE id = ?', id);
    return row === undefined ? undefined : readRecord<Publication>(row.record);
  }

  async subscriptions(): Promise<readonly Subscription[]> {
    return this.database.all<PeerRow>(`${ofPeer} WHERE kind = 'subscription' ORDER BY name`).map(subscriptionOf);
  }

  async subscription(id: string): Promise<Subscription | undefined> {
    const row = this.database.get<PeerRow>(
      `${ofPeer} WHERE kind = 'subscription' AND publication = '' AND name = ?`,
      id,
    );
    return row === undefined ? undefined : subscriptionOf(row);
  }

  async subscribers(publication: string): Promise<readonly Subscriber[]> {
    return this.database
      .all<PeerRow>(`${ofPeer} WHERE kind = 'subscriber' AND publication = ? ORDER BY name`, publication)
      .map(subscriberOf);
  }

  async subscriber(publication: string, url: string): Promise<Subscriber | undefined> {
    const row = this.database.get<PeerRow>(
      `${ofPeer} WHERE kind = 'subscriber' AND publication = ? AND name = ?`,
      publication,
      url,
    );
    return row === undefined ? undefined : subscriberOf(row);
  }

  async message(peer: PeerNumber): Promise<Uint8Array | undefined> {
    const row = this.database.get<{ message: Uint8Array | null }>('SELECT message FROM peer WHERE number = ?', peer);
    return row?.message ?? undefined;
  }

  async exceptions(peer: PeerNumber, options: ExceptionOptions = {}): Promise<ReadonlyMap<Gid, Exception>> {
    const { gids, reason, after = '', limit = -1 } = options;
    const rows = this.database.all<{ gid: Gid; record: string }>(
      `SELECT gid, record FROM exception WHERE peer = ? AND gid > ?
        ${gids === undefined ? '' : 'AND gid IN (SELECT value FROM json_each(?))'} ${reason === undefined ? '' : 'AND reason = ?'}
        ORDER BY gid LIMIT +?`,
      peer,
      after,
      ...(gids === undefined ? [] : [JSON.stringify(gids)]),
      ...(reason === undefined ? [] : [reason]),
      limit,
    );
    return new Map(rows.map(({ gid, record }) => [gid, readRecord<Exception>(record)]));
  }

  async countExceptions(peer: PeerNumber, reasons?: readonly Exception['reason'][]): Promise<number> {
    const all = 'SELECT count(*) AS count FROM exception WHERE peer = ?';
    if (reasons === undefined) return this.#count(all, [peer]);
    return this.#count(`${all} AND reason IN (SELECT value FROM json_each(?))`, [peer, JSON.stringify(reasons)]);
  }

  async conflicts(filter: ConflictFilter = {}): Promise<readonly ListedConflict[]> {
    const { where, values } = conditionOf(filter);
    return this.database
      .all<ConflictRow>(
        `SELECT listed_at, record FROM conflict WHERE ${where} ORDER BY listed_at LIMIT +?`,
        ...values,
        filter.limit ?? -1,
      )
      .map(conflictOf);
  }

  async conflict(id: string): Promise<ListedConflict | undefined> {
    const row = this.database.get<ConflictRow>('SELECT listed_at, record FROM conflict WHERE id = ?', id);
    return row === undefined ? undefined : conflictOf(row);
  }

  async countConflicts(filter: ConflictFilter = {}): Promise<number> {
    const { where, values } = conditionOf(filter);
    const all = this.#count(`SELECT count(*) AS count FROM conflict WHERE ${where}`, values);
    return Math.min(all, filter.limit ?? all);
  }

  async log(options: { readonly limit?: number; readonly subject?: string } = {}): Promise<readonly LogLine[]> {
    const { limit = -1, subject } = options;
    const about = subject === undefined ? '' : 'WHERE subject = ?';
    return this.database
      .all<LogLineRow>(
        `SELECT at, kind, level, subject, text, details FROM log_line ${about} ORDER BY number DESC LIMIT +?`,
        ...(subject === undefined ? [] : [subject]),
        limit,
      )
      .map(lineOf);
  }

  #count(sql: string, values: readonly Value[]): number {
    return this.database.get<{ count: number }>(sql, ...values)?.count ?? 0;
  }
}

function conditionOf(filter: ConflictFilter): { readonly where: string; readonly values: readonly Value[] } {
  const conditions: string[] = ['listed_at > ?'];
  const values: Value[] = [filter.listedAfter ?? 0];
  for (const column of ['state', 'role', 'peer', 'gid'] as const) {
    const wanted = filter[column];
    if (wanted === undefined) continue;
    conditions.push(`${column} = ?`);
    values.push(wanted);
  }
  return { where: conditions.join(' AND '), values };
}
