import { createHash } from 'node:crypto';
import { RequestError } from '../../errors/concord-error.ts';
import type {
  CopiedPage,
  CopiedPlace,
  CopiedRow,
  CopiedSite,
  CopiedValue,
  StoreTarget,
} from '../../ports/store-copy.ts';
import { Blobs, longestInRow } from './blobs.ts';
import {
  accountMapping,
  changeKeyOf,
  columnsOfRevision,
  columnsOfRow,
  revisionOfColumns,
  type RowMapping,
  rowOfColumns,
  sessionMapping,
  settingMapping,
  siteMappings,
} from './copied-rows.ts';
import type { MongoConnection } from './mongo-connection.ts';
import type { MongoRows, Row } from './mongo-rows.ts';
import {
  type ChangeRow,
  numberKey,
  type RevisionRow,
  type SiteTable,
  type SiteTables,
  unending,
} from './site-tables.ts';

const pageRows = 200;
const serialDigits = 16;
/** So many lines of the log can come before a turn has to have a greater number. */
const linesPerTurn = 2 ** 20;

interface MovingRow extends Row {
  readonly serial: string;
}

interface SiteRow extends MovingRow {
  readonly title: string;
  readonly createdAt: number;
}

interface EndRow extends Row {
  readonly turn: number;
  readonly [name: string]: unknown;
}

const installationMappings = { setting: settingMapping, account: accountMapping, session: sessionMapping };

/** A database as a whole, to be copied from, or to be filled. What is filled is no store before it is finished. */
export class MongoStoreCopy implements StoreTarget {
  readonly #connection: MongoConnection;
  readonly #random: () => string;
  readonly #open = new Map<string, Promise<SiteTables>>();

  /** The connection is closed with it. */
  constructor(connection: MongoConnection, random: () => string) {
    this.#connection = connection;
    this.#random = random;
  }

  /** @throws RequestError CON-R006 when the database holds sites already */
  async refuseFilled(): Promise<void> {
    if ((await this.sites()).length === 0) return;
    throw new RequestError(
      'CON-R006',
      `${this.#connection.place} holds sites already: drop that database, or name another`,
    );
  }

  async sites(): Promise<readonly CopiedSite[]> {
    const rows = await this.#connection.rows<SiteRow>('site').find({}, { sort: { _id: 1 } });
    return rows.map(({ _id: id, title, createdAt }) => ({ id, title, createdAt }));
  }

  async page(place: CopiedPlace, after: string | undefined): Promise<CopiedPage> {
    if (place.table === 'end_of_log') return { rows: [await this.#endOfLog(place)], next: undefined };
    const rows = await this.#rowsOf(place);
    if (place.table === 'activity_count') return { rows: countsOf(await rows.find({})), next: undefined };
    const filter = after === undefined ? {} : { _id: { $gt: after } };
    const found = await rows.find(filter, { sort: { _id: 1 }, limit: pageRows });
    const blobs = place.site === undefined ? undefined : new Blobs(await this.#tables(place.site));
    const copied: CopiedRow[] = [];
    for (const row of found)
      if (!('goneAt' in row) && isCopied(place, row)) copied.push(await columnsOf(place, row, blobs));
    return { rows: copied, next: found.length < pageRows ? undefined : found.at(-1)?._id };
  }

  async write(place: CopiedPlace, rows: readonly CopiedRow[]): Promise<void> {
    if (rows.length === 0) return;
    if (place.site === undefined) {
      const table = await this.#rowsOf(place);
      const mapping = installationMappings[place.table];
      for (const row of rows) await table.put(rowOfColumns(mapping, row));
      return;
    }
    const tables = await this.#tables(place.site);
    if (place.table === 'revision') await this.#writeRevisions(tables, rows);
    else if (place.table === 'change') await writeChanges(tables, rows);
    else if (place.table === 'end_of_log') await writeEndOfLog(tables, rows);
    else await this.#writeRows(tables, siteMappings[place.table], rows);
  }

  async finish(sites: readonly CopiedSite[]): Promise<void> {
    await this.#connection.rows<Row & { readonly value: string }>('setting').claim({ _id: 'format', value: '1' });
    for (const { id, title, createdAt } of sites) {
      const moving = await this.#moving.get(id);
      if (moving === undefined) await this.#tables(id);
      const { serial } = (await this.#moving.get(id)) ?? { serial: '' };
      await this.#connection.rows<SiteRow>('site').put({ _id: id, title, createdAt, serial });
    }
    await this.#connection.drop('moving');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  get #moving(): MongoRows<MovingRow> {
    return this.#connection.rows<MovingRow>('moving');
  }

  async #tables(site: string): Promise<SiteTables> {
    const open = async (): Promise<SiteTables> => {
      const known = (await this.#connection.rows<SiteRow>('site').get(site)) ?? (await this.#moving.get(site));
      const serial = known?.serial ?? createHash('sha256').update(this.#random()).digest('hex').slice(0, serialDigits);
      if (known === undefined) await this.#moving.put({ _id: site, serial });
      await this.#connection.prepareSite(serial);
      return this.#connection.siteTables(serial);
    };
    const tables = this.#open.get(site) ?? open();
    this.#open.set(site, tables);
    return tables;
  }

  async #rowsOf(place: CopiedPlace): Promise<MongoRows<Row>> {
    if (place.site === undefined) return this.#connection.rows<Row>(place.table);
    return (await this.#tables(place.site)).rows<Row>(tableOf(place));
  }

  async #endOfLog(place: CopiedPlace & { readonly site: string }): Promise<CopiedRow> {
    const row = await (await this.#tables(place.site)).rows<EndRow>('turn').first({}, { _id: -1 });
    if (row === undefined) return {};
    const { epoch, seq, hash, turn, peers, collections, listed } = row;
    // Holds: the fields of a turn are texts and numbers.
    return {
      ...{ epoch, seq, hash, turn, last_peer: peers, last_collection: collections, last_conflict: listed },
    } as CopiedRow;
  }

  async #writeRows(tables: SiteTables, mapping: RowMapping, rows: readonly CopiedRow[]): Promise<void> {
    const blobs = new Blobs(tables);
    const known = new Set(
      (await tables.rows<Row>(mapping.table).withKeys(rows.map(mapping.keyOf))).map(({ _id }) => _id),
    );
    const written: Row[] = [];
    for (const row of rows) {
      if (known.has(mapping.keyOf(row))) continue;
      const fields: Row = rowOfColumns(mapping, row);
      const whole = { ...fields, t: 0, ...(await this.#keepLong(blobs, mapping, row)) };
      written.push(whole);
    }
    await tables.rows<Row>(mapping.table).add(written);
  }

  async #writeRevisions(tables: SiteTables, rows: readonly CopiedRow[]): Promise<void> {
    const blobs = new Blobs(tables);
    const table = tables.rows<RevisionRow>('revision');
    const revisions = rows.map(revisionOfColumns);
    const gids = [...new Set(revisions.flatMap(({ gid }) => (gid === undefined ? [] : [gid])))];
    const first = revisions[0]?.seq ?? 0;
    const before = await table.find(
      { gid: { $in: gids }, newest: 1, seq: { $lt: first } },
      { without: ['text', 'edits', 'shadow'] },
    );
    const newest = new Map(before.map(({ gid, seq }) => [gid, seq]));
    const written = new Map<number, RevisionRow>();
    for (const [at, revision] of revisions.entries()) {
      const { gid, seq } = revision;
      if (gid === undefined) {
        written.set(seq, revision);
        continue;
      }
      const prev = newest.get(gid) ?? 0;
      const own = written.get(prev);
      if (own !== undefined) written.set(prev, { ...own, newest: 0 });
      newest.set(gid, seq);
      const long = await this.#keepLong(blobs, revisionLong, rows[at] ?? {});
      written.set(seq, { ...revision, ...long, newest: 1, prev });
    }
    await table.add([...written.values()]);
    const followed = before.filter(({ gid, seq }) => newest.get(gid) !== seq);
    await table.set(followed.map(({ _id }) => ({ _id, fields: { newest: 0 } })));
  }

  async #keepLong(
    blobs: Blobs,
    mapping: Pick<RowMapping, 'long'>,
    row: CopiedRow,
  ): Promise<Readonly<Record<string, unknown>>> {
    const kept: Record<string, unknown> = {};
    for (const { column, field, blob } of mapping.long ?? []) {
      const value = row[column];
      if (value instanceof Uint8Array) kept[blob] = await blobs.keepOctets(value, this.#random(), 0);
      if (typeof value !== 'string') continue;
      if (field !== undefined && value.length <= longestInRow) kept[field] = value;
      else kept[blob] = await blobs.keepText(value, this.#random(), 0);
    }
    return kept;
  }
}

const revisionLong: Required<Pick<RowMapping, 'long'>> = {
  long: [
    { column: 'document', field: 'text', blob: 'blob', isText: true },
    { column: 'shadow', field: 'shadow', blob: 'shadowBlob', isText: true },
  ],
};

function tableOf(place: CopiedPlace & { readonly site: string }): SiteTable {
  if (place.table === 'revision' || place.table === 'change') return place.table;
  return place.table === 'end_of_log' ? 'turn' : siteMappings[place.table].table;
}

/** Counts stand here in as many rows as there were writers. */
function countsOf(rows: readonly Row[]): readonly CopiedRow[] {
  const counts = new Map<string, CopiedRow>();
  for (const row of rows) {
    const { hour = 0, work = '', outcome = '', count } = columnsOfRow(siteMappings.activity_count, row);
    const kind = JSON.stringify([hour, work, outcome]);
    const sum = Number(counts.get(kind)?.['count'] ?? 0) + Number(count ?? 1);
    counts.set(kind, { hour, work, outcome, count: sum });
  }
  return [...counts.values()];
}

/** What says how the database is kept is not of the installation. */
function isCopied({ site }: CopiedPlace, { _id }: Row): boolean {
  return site !== undefined || _id !== 'format';
}

async function columnsOf(place: CopiedPlace, row: Row, blobs: Blobs | undefined): Promise<CopiedRow> {
  if (place.site === undefined) return columnsOfRow(installationMappings[place.table], row);
  if (place.table === 'change') {
    // Holds: the row is of the table that the place names.
    const { c, seq, gid, m } = row as ChangeRow;
    return { collection: c, seq, gid, is_member: m };
  }
  if (place.table === 'revision') {
    // Holds: as above.
    const revision = row as RevisionRow;
    return { ...columnsOfRevision(revision), ...(await longOf(revisionLong, row, blobs)) };
  }
  if (place.table === 'end_of_log') return {};
  const mapping = siteMappings[place.table];
  return { ...columnsOfRow(mapping, row), ...(await longOf(mapping, row, blobs)) };
}

async function longOf(mapping: Pick<RowMapping, 'long'>, row: Row, blobs: Blobs | undefined): Promise<CopiedRow> {
  // Holds: a row is an object with names.
  const fields = row as unknown as Readonly<Record<string, unknown>>;
  const found: Record<string, CopiedValue> = {};
  for (const { column, field, blob, isText } of mapping.long ?? []) {
    const name = fields[blob];
    const own = field === undefined ? undefined : fields[field];
    if (typeof name === 'string' && blobs !== undefined)
      found[column] = isText ? await blobs.text(name) : await blobs.octets(name);
    else found[column] = typeof own === 'string' ? own : null;
  }
  return found;
}

async function writeChanges(tables: SiteTables, rows: readonly CopiedRow[]): Promise<void> {
  const table = tables.rows<ChangeRow>('change');
  const revisions = await tables
    .rows<RevisionRow>('revision')
    .find({ _id: { $in: rows.map(({ seq }) => numberKey(Number(seq))) } }, { without: ['text', 'edits', 'shadow'] });
  const bySeq = new Map(revisions.map((row) => [row.seq, row]));
  const keys = new Set(rows.map(changeKeyOf));
  const gids = [...new Set(rows.map(({ gid }) => gid))];
  const before = (await table.find({ gid: { $in: gids }, until: unending })).filter(({ _id }) => !keys.has(_id));
  const last = new Map(before.map((row) => [`${String(row.c)}/${row.gid}`, row._id]));
  const written = new Map<string, ChangeRow>();
  const followed: { readonly _id: string; readonly fields: { readonly until: number } }[] = [];
  for (const row of rows) {
    const seq = Number(row['seq']);
    const revision = bySeq.get(seq);
    if (revision?.gid === undefined) continue;
    const { gid, op, oe, ox } = revision;
    const place = `${String(row['collection'])}/${gid}`;
    const prior = last.get(place);
    const own = prior === undefined ? undefined : written.get(prior);
    if (own !== undefined) written.set(own._id, { ...own, until: seq });
    else if (prior !== undefined) followed.push({ _id: prior, fields: { until: seq } });
    const origin = op === undefined || oe === undefined || ox === undefined ? {} : { op, oe, ox };
    const _id = changeKeyOf(row);
    written.set(_id, {
      _id,
      c: Number(row['collection']),
      seq,
      gid,
      m: row['is_member'] === 1 ? 1 : 0,
      until: unending,
      ...origin,
    });
    last.set(place, _id);
  }
  await table.add([...written.values()]);
  await table.set(followed);
}

/** Last of all: with its first turn, the site is one. */
async function writeEndOfLog(tables: SiteTables, rows: readonly CopiedRow[]): Promise<void> {
  const [row = {}] = rows;
  const newestLine = await tables.rows<Row & { readonly number: number }>('logLine').first({}, { number: -1 });
  const newestActivity = await tables
    .rows<Row & { readonly id: number }>('activity')
    .first({ id: { $gt: 0 } }, { id: -1 });
  const shadows = (await tables.rows('revision').find({ shadow: { $gt: '' } }, { limit: 1, without: ['text'] })).length;
  const least = Math.ceil(((newestLine?.number ?? 0) + 1) / linesPerTurn);
  const turn = Math.max(Number(row['turn'] ?? 0), least);
  const done = { at: 0, by: 'copy', isDone: true, parts: 0, steps: [] };
  const { epoch = '', seq = 0, hash = '' } = row;
  await tables.rows<EndRow>('turn').put({
    ...{ _id: numberKey(turn), turn, ...done, epoch, seq, hash, shadows },
    ...{ listed: row['last_conflict'] ?? 0, peers: row['last_peer'] ?? 0, collections: row['last_collection'] ?? 0 },
  });
  await tables.rows<EndRow>('queueTurn').put({
    ...{ _id: numberKey(0), turn: 0, ...done, epoch: 'queue', seq: 0, hash: '', shadows: 0 },
    ...{ listed: newestActivity?.id ?? 0, peers: 0, collections: 0 },
  });
}
