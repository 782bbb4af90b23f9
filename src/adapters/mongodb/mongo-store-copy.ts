import { createHash } from 'node:crypto';
import { RequestError } from '../../errors/concord-error.ts';
import type { CopiedPage, CopiedPlace, CopiedRow, CopiedSite, StoreTarget } from '../../ports/store-copy.ts';
import { Blobs } from './blobs.ts';
import { writeChanges, writeEndOfLog, writeRevisions } from './copied-log.ts';
import {
  accountMapping,
  columnsOfRevision,
  columnsOfRow,
  type RowMapping,
  rowOfColumns,
  sessionMapping,
  settingMapping,
  siteMappings,
} from './copied-rows.ts';
import { keepLong, longOf, revisionLong } from './copied-texts.ts';
import type { MongoConnection } from './mongo-connection.ts';
import type { MongoRows, Row } from './mongo-rows.ts';
import { type ChangeRow, type RevisionRow, type SiteTable, type SiteTables } from './site-tables.ts';

const pageRows = 200;
const serialDigits = 16;

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
    if (place.table === 'revision') await writeRevisions({ tables, random: this.#random }, rows);
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
      const whole = { ...fields, t: 0, ...(await keepLong({ blobs, random: this.#random }, mapping, row)) };
      written.push(whole);
    }
    await tables.rows<Row>(mapping.table).add(written);
  }
}

function tableOf(place: CopiedPlace & { readonly site: string }): SiteTable {
  if (place.table === 'revision' || place.table === 'change') return place.table;
  return place.table === 'end_of_log' ? 'turn' : siteMappings[place.table].table;
}

/** What says how the database is kept is not of the installation. */
function isCopied({ site }: CopiedPlace, { _id }: Row): boolean {
  return site !== undefined || _id !== 'format';
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
