/** What the benchmark asks of a process that holds sites. One at a time; each is answered. */
export type SiteRequest =
  | { readonly do: 'open'; readonly data: string }
  /** Listens at a free port. */
  | { readonly do: 'serve' }
  | { readonly do: 'add-site'; readonly site: string }
  /** Imports records, by number from `first` on. */
  | {
      readonly do: 'load';
      readonly site: string;
      readonly path: string;
      readonly first: number;
      readonly count: number;
    }
  | { readonly do: 'publish'; readonly site: string; readonly path: string }
  | { readonly do: 'subscribe'; readonly site: string; readonly path: string; readonly publisher: string }
  /** Edits the records with these numbers. */
  | {
      readonly do: 'edit';
      readonly site: string;
      readonly path: string;
      readonly numbers: readonly number[];
      readonly tag: string;
    }
  | { readonly do: 'sync'; readonly site: string; readonly listConflicts?: boolean }
  | { readonly do: 'measure'; readonly site?: string }
  | { readonly do: 'rows-at-rest'; readonly site: string }
  | { readonly do: 'fingerprint'; readonly site: string; readonly path: string }
  | { readonly do: 'profile'; readonly file: string | undefined }
  | { readonly do: 'close' };

/** What came of a sync, and how long it took from the call until both sides had stored their anchors. */
export interface SyncMeasured {
  readonly ms: number;
  readonly sent: number;
  readonly received: number;
  readonly conflicts: number;
}

/** What a process has used since it was started; of the site, since it was opened. */
export interface Used {
  readonly cpuMs: number;
  readonly rowsRead: number;
  /** Octets on the server's sockets, headers included. */
  readonly octetsIn: number;
  readonly octetsOut: number;
  readonly requests: number;
  /** The most memory that the process ever had. */
  readonly peakMegabytes: number;
}

/** The result of each request. */
export interface SiteResults {
  readonly open: undefined;
  readonly serve: string;
  readonly 'add-site': undefined;
  readonly load: undefined;
  readonly publish: undefined;
  readonly subscribe: undefined;
  readonly edit: undefined;
  readonly sync: SyncMeasured;
  readonly measure: Used;
  readonly 'rows-at-rest': number;
  readonly fingerprint: string;
  readonly profile: undefined;
  readonly close: undefined;
}

/** How a process answers. */
export type SiteReply =
  | { readonly outcome: 'done'; readonly result: SiteResults[keyof SiteResults] }
  | { readonly outcome: 'failed'; readonly text: string };
