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
      /** With values that hardly get shorter. */
      readonly isNoise?: boolean;
    }
  /** Sealed, where a key is named; called Records, where nothing else is said. */
  | {
      readonly do: 'publish';
      readonly site: string;
      readonly id?: string;
      readonly path: string;
      readonly url?: string;
      readonly keyName?: string;
    }
  /** `own` is the subscription's own address, where it matters. */
  | {
      readonly do: 'subscribe';
      readonly site: string;
      readonly path: string;
      readonly publisher: string;
      readonly own?: string;
      readonly keyName?: string;
    }
  /** Makes a key of the site's own; the result is the public part. */
  | { readonly do: 'make-key'; readonly site: string; readonly keyName: string }
  /** Takes in the key of the other side: of the publisher where `isOfPublisher`, else of the subscriber. */
  | { readonly do: 'trust-key'; readonly site: string; readonly text: string; readonly isOfPublisher: boolean }
  /** Receives mail, by receiver and mailboxes as the configuration says. */
  | { readonly do: 'receive-mail' }
  /** Hands over the first mail of a sync, and waits until the sync has ended. */
  | { readonly do: 'sync-by-mail'; readonly site: string }
  /** Waits until the log of the site is longer than that; the result is how long it was then, and when, in milliseconds since 1970. */
  | { readonly do: 'wait-for-change'; readonly site: string; readonly after: number }
  /** Edits the records with these numbers. */
  | {
      readonly do: 'edit';
      readonly site: string;
      readonly path: string;
      readonly numbers: readonly number[];
      readonly tag: string;
    }
  | { readonly do: 'sync'; readonly site: string; readonly listConflicts?: boolean }
  /** Gives `count` simulated subscribers the row of the one that is there already, and this token. */
  | { readonly do: 'simulate'; readonly site: string; readonly count: number; readonly token: string }
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
  /** The most memory that the process ever had, and what it has now. */
  readonly peakMegabytes: number;
  readonly residentMegabytes: number;
}

/** What a site's log came to, and when that was seen. */
export interface Changed {
  readonly head: number;
  readonly at: number;
}

/** Where the subscriber stood whose row the simulated ones have. */
export interface Simulation {
  readonly last: string;
  readonly number: number;
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
  readonly 'make-key': string;
  readonly 'trust-key': undefined;
  readonly 'receive-mail': undefined;
  readonly 'sync-by-mail': SyncMeasured;
  readonly 'wait-for-change': Changed;
  readonly sync: SyncMeasured;
  readonly simulate: Simulation;
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
