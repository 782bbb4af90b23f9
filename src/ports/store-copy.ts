/** A value of a copied row. */
export type CopiedValue = string | number | null | Uint8Array;

/** A row as it goes from one store to another, by the names of its columns. */
export type CopiedRow = Readonly<Record<string, CopiedValue>>;

/** What is common to the sites of an installation, in the order in which it is copied. */
export const installationTables = ['setting', 'account', 'session'] as const;

/** What a site consists of, in the order in which it is copied. What can be worked out from it is not copied. */
export const siteTables = [
  'revision',
  'collection',
  'change',
  'alias',
  'publication',
  'peer',
  'exception',
  'conflict',
  'piece',
  'log_line',
  'account',
  'activity',
  'conflict_rule',
  'token',
  'sync_event',
  'activity_count',
  'openpgp_key',
  'message_part',
  'carrier_note',
  'end_of_log',
] as const;

/** Which rows: of a site, or of what is common to all. */
export type CopiedPlace =
  | { readonly site: undefined; readonly table: (typeof installationTables)[number] }
  | { readonly site: string; readonly table: (typeof siteTables)[number] };

/** Some rows, and where the next begin; undefined at the end. */
export interface CopiedPage {
  readonly rows: readonly CopiedRow[];
  readonly next: string | undefined;
}

/** A site, as it is listed. */
export interface CopiedSite {
  readonly id: string;
  readonly title: string;
  readonly createdAt: number;
}

/** A whole store, to be copied into another one while nobody uses either. */
export interface StoreCopy extends AsyncDisposable {
  sites(): Promise<readonly CopiedSite[]>;
  /** Rows in the store's own order, after those that the page before ended with. */
  page(place: CopiedPlace, after: string | undefined): Promise<CopiedPage>;
}

/** A store that is filled. As long as it is not finished, nobody takes it for a store. */
export interface StoreTarget extends StoreCopy {
  /** Writes rows; again, where they are there already, they stay the same. Pages of a table come in the order of its source. */
  write(place: CopiedPlace, rows: readonly CopiedRow[]): Promise<void>;
  /** Makes it a store with these sites. */
  finish(sites: readonly CopiedSite[]): Promise<void>;
}
