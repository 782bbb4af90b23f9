import type { Field } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type {
  ConflictFilter,
  ListedConflict,
  ListedLogLine,
  LogFilter,
  PeerReader,
  SubscriberFilter,
} from '../../ports/peer-reader.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Publication } from '../../synchronization/publication.ts';
import { knownUpTo } from '../../synchronization/known-up-to.ts';
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
import { unpack } from './packed-rows.ts';
import type { Value } from './sqlite-database.ts';
import { SqliteObjectReader } from './sqlite-object-reader.ts';

interface ExceptionOptions {
  readonly gids?: readonly Gid[];
  readonly after?: string;
  readonly limit?: number;
  readonly reason?: Exception['reason'];
}

const ofPeer = 'SELECT number, version, record, packed FROM peer';

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

  async subscribersBehind(
    publication: string,
    limit: number,
    after?: Pick<Subscriber, 'state' | 'peer'>,
  ): Promise<readonly Subscriber[]> {
    const from = after === undefined ? [-1, 0] : [knownUpTo(after.state), after.peer];
    return this.database
      .all<PeerRow>(
        `${ofPeer} WHERE kind = 'subscriber' AND publication = ? AND (known_up_to, number) > (?, ?) ORDER BY known_up_to, number LIMIT +?`,
        publication,
        ...from,
        limit,
      )
      .map(subscriberOf);
  }

  async countSubscribers(publication: string, filter: SubscriberFilter = {}): Promise<number> {
    const { knowingLessThan, isInSession, account } = filter;
    const conditions = [
      ...(knowingLessThan === undefined ? [] : ['AND known_up_to < ?']),
      ...(account === undefined ? [] : ['AND account = ?']),
      // As the index says it, which is used only then.
      ...(isInSession === undefined ? [] : ["AND json_type(record, '$.state.session') = 'object'"]),
    ].join(' ');
    const row = this.database.get<{ count: number }>(
      `SELECT count(*) AS count FROM peer WHERE kind = 'subscriber' AND publication = ? ${conditions}`,
      publication,
      ...(knowingLessThan === undefined ? [] : [knowingLessThan]),
      ...(account === undefined ? [] : [account]),
    );
    return row?.count ?? 0;
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
    return row?.message ? unpack(row.message) : undefined;
  }

  async pieces(peer: PeerNumber): Promise<readonly string[]> {
    const rows = this.database.all<{ text: string }>('SELECT text FROM piece WHERE peer = ? ORDER BY number', peer);
    return rows.map(({ text }) => text);
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
    if (filter.limit === undefined) return this.#count(`SELECT count(*) AS count FROM conflict WHERE ${where}`, values);
    const some = `SELECT 1 FROM conflict WHERE ${where} LIMIT +?`;
    return this.#count(`SELECT count(*) AS count FROM (${some})`, [...values, filter.limit]);
  }

  async conflictFields(limit: number): Promise<readonly Field[]> {
    // From one field to the next: the rows between are not walked through.
    const next = "SELECT min(field) FROM conflict WHERE state = 'open'";
    const rows = this.database.all<{ field: Field }>(
      `WITH RECURSIVE each(field) AS (${next} UNION ALL SELECT (${next} AND field > each.field) FROM each WHERE each.field IS NOT NULL)
       SELECT field FROM each WHERE field IS NOT NULL LIMIT +?`,
      limit,
    );
    return rows.map(({ field }) => field);
  }

  async log(options: LogFilter = {}): Promise<readonly ListedLogLine[]> {
    const { limit = -1, kinds } = options;
    if (kinds === undefined) return this.#logPage(options, undefined);
    const pages = kinds.map((kind) => this.#logPage(options, kind));
    const lines = pages.flat().sort((a, b) => b.number - a.number);
    return limit === -1 ? lines : lines.slice(0, limit);
  }

  async logLine(number: number): Promise<ListedLogLine | undefined> {
    const row = this.database.get<LogLineRow>('SELECT * FROM log_line WHERE number = ?', number);
    return row === undefined ? undefined : lineOf(row);
  }

  #logPage({ limit = -1, subject, before }: LogFilter, kind: string | undefined): readonly ListedLogLine[] {
    const given = { subject, kind, before };
    const conditions = [
      ...(subject === undefined ? [] : ['subject = ?']),
      ...(kind === undefined ? [] : ['kind = ?']),
      ...(before === undefined ? [] : ['number < ?']),
    ];
    return this.database
      .all<LogLineRow>(
        `SELECT number, at, kind, level, subject, text, json_remove(details, '$.span') AS details FROM log_line
          ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY number DESC LIMIT +?`,
        ...Object.values(given).filter((value) => value !== undefined),
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
    // An object has few conflicts, a state or a peer may have all there are: the plus keeps their indexes from being taken.
    const isNarrowest = column === 'gid' || filter.gid === undefined;
    conditions.push(`${isNarrowest ? '' : '+'}${column} = ?`);
    values.push(wanted);
  }
  for (const { condition, value } of narrower(filter)) {
    if (value === undefined) continue;
    conditions.push(condition);
    values.push(value);
  }
  return { where: conditions.join(' AND '), values };
}

// The tree is walked upwards from each conflict that is looked at: a page of them costs the depth of the tree, however much stands below.
const isBelow = `EXISTS (WITH RECURSIVE above(gid) AS (
  SELECT conflict.gid UNION SELECT object.parent FROM object JOIN above ON object.gid = above.gid) SELECT 1 FROM above WHERE above.gid = ?)`;

function narrower(
  filter: ConflictFilter,
): readonly { readonly condition: string; readonly value: Value | undefined }[] {
  return [
    {
      condition: '+peer IN (SELECT value FROM json_each(?))',
      value: filter.peers === undefined ? undefined : JSON.stringify(filter.peers),
    },
    { condition: 'field = ?', value: filter.field },
    { condition: 'opened_at >= ?', value: filter.openedFrom },
    { condition: 'opened_at < ?', value: filter.openedBefore },
    { condition: isBelow, value: filter.below },
  ];
}
