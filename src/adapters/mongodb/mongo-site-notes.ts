import type {
  ActivityCount,
  ConflictRule,
  NewSyncEvent,
  SiteNotes,
  SyncEvent,
  SyncEventFilter,
  Token,
} from '../../ports/site-notes.ts';
import { readRecord } from './peer-records.ts';
import type { MongoRows, Row } from './mongo-rows.ts';
import { numberKey, type SiteTables } from './site-tables.ts';

interface EventRow extends Row, Omit<SyncEvent, 'data'> {
  readonly data: string;
}

interface RuleRow extends Row {
  readonly createdAt: number;
  readonly record: string;
}

interface TokenRow extends RuleRow {
  readonly hash: string;
  readonly account: string;
}

/** One, or, where it was copied from another store, as many as it says. */
interface CountRow extends Row, Omit<ActivityCount, 'count'> {
  readonly count?: number;
}

/** What a site keeps beside the engine's rows, in MongoDB. No turn is needed for it: each write stands alone. */
export class MongoSiteNotes implements SiteNotes {
  readonly #tables: SiteTables;
  #lastEvent = 0;

  constructor(tables: SiteTables) {
    this.#tables = tables;
  }

  async addSyncEvent(event: NewSyncEvent): Promise<number> {
    const { subscription, run, kind, data } = event;
    if (kind === 'progress') await this.#events.remove({ subscription, run, kind });
    for (;;) {
      const newest = await this.#events.first({}, { number: -1 });
      const number = Math.max(this.#lastEvent, newest?.number ?? 0) + 1;
      const row = { ...event, _id: numberKey(number), number, data: JSON.stringify(data) };
      // Another process may have taken the number.
      if (!(await this.#events.claim(row))) continue;
      this.#lastEvent = number;
      return number;
    }
  }

  async syncEvents(subscription: string, filter: SyncEventFilter = {}): Promise<readonly SyncEvent[]> {
    const { after = 0, limit, kinds, newestFirst = false } = filter;
    if (limit === 0) return [];
    const condition = {
      subscription,
      number: { $gt: after },
      ...(kinds === undefined ? {} : { kind: { $in: kinds } }),
    };
    const sort = { number: newestFirst ? -1 : 1 } as const;
    const rows = await this.#events.find(condition, { sort, ...(limit === undefined ? {} : { limit }) });
    return rows.map(({ number, run, at, kind, data }) => ({
      ...{ number, subscription, run, at, kind },
      data: readRecord<SyncEvent['data']>(data),
    }));
  }

  async dropSyncEvents(subscription: string, upTo: number): Promise<void> {
    await this.#events.remove({ subscription, number: { $lte: upTo } });
  }

  async conflictRules(): Promise<readonly ConflictRule[]> {
    const rows = await this.#rules.find({}, { sort: { createdAt: 1, _id: 1 } });
    return rows.map(({ record }) => readRecord<ConflictRule>(record));
  }

  async addConflictRule(rule: ConflictRule): Promise<void> {
    await this.#rules.put({ _id: rule.id, createdAt: rule.createdAt, record: JSON.stringify(rule) });
  }

  async removeConflictRule(id: string): Promise<boolean> {
    return (await this.#rules.remove({ _id: id })) > 0;
  }

  async tokens(account?: string): Promise<readonly Token[]> {
    const rows = await this.#tokens.find(account === undefined ? {} : { account }, {
      sort: { account: 1, createdAt: 1, _id: 1 },
    });
    return rows.map(({ record }) => readRecord<Token>(record));
  }

  async tokenWithHash(hash: string): Promise<Token | undefined> {
    const [row] = await this.#tokens.find({ hash });
    return row === undefined ? undefined : readRecord<Token>(row.record);
  }

  async saveToken(token: Token): Promise<void> {
    const { id, hash, account, createdAt } = token;
    await this.#tokens.put({ _id: id, hash, account, createdAt, record: JSON.stringify(token) });
  }

  // Nothing else of a token is ever changed: what was read is what is there, unless the whole of it is gone.
  async touchToken(id: string, lastUsedAt: number): Promise<boolean> {
    const row = await this.#tokens.get(id);
    if (row === undefined) return false;
    const token: Token = { ...readRecord<Token>(row.record), lastUsedAt };
    return this.#tokens.setOne(id, { record: JSON.stringify(token) });
  }

  async removeToken(id: string): Promise<boolean> {
    return (await this.#tokens.remove({ _id: id })) > 0;
  }

  // A row for each, counted when read: not every server adds to a number without losing what others add at the same time.
  async countActivity(ended: Omit<ActivityCount, 'count'>, keepFrom: number, times = 1): Promise<void> {
    const { hour, work, outcome } = ended;
    const kind = `${numberKey(hour)}/${work}/${outcome}`;
    for (;;) {
      const newest = await this.#counts.count({ hour, work, outcome });
      if (newest === 0) await this.#counts.remove({ hour: { $lt: keepFrom } });
      if (await this.#counts.claim({ _id: `${kind}/${numberKey(newest)}`, hour, work, outcome, count: times })) return;
    }
  }

  async activityCounts(from: number): Promise<readonly ActivityCount[]> {
    const rows = await this.#counts.find({ hour: { $gte: from } }, { sort: { _id: 1 } });
    const counts = new Map<string, ActivityCount>();
    for (const { hour, work, outcome, count = 1 } of rows) {
      const kind = `${numberKey(hour)}/${work}/${outcome}`;
      counts.set(kind, { hour, work, outcome, count: (counts.get(kind)?.count ?? 0) + count });
    }
    return [...counts.values()];
  }

  get #events(): MongoRows<EventRow> {
    return this.#tables.rows<EventRow>('syncEvent');
  }

  get #rules(): MongoRows<RuleRow> {
    return this.#tables.rows<RuleRow>('conflictRule');
  }

  get #tokens(): MongoRows<TokenRow> {
    return this.#tables.rows<TokenRow>('token');
  }

  get #counts(): MongoRows<CountRow> {
    return this.#tables.rows<CountRow>('activityCount');
  }
}
