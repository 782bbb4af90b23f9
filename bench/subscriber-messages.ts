/** What the benchmark asks of a process with real subscribers: any number at a time, each answered under its number. */
export type SubscriberRequest = { readonly number: number } & (
  | { readonly do: 'subscribe'; readonly index: number; readonly publisher: string; readonly publication: string }
  /** Writes a report of its own, where one is named, and synchronises. */
  | {
      readonly do: 'session';
      readonly index: number;
      readonly publication: string;
      readonly report: string | undefined;
    }
  | { readonly do: 'fingerprint'; readonly index: number; readonly path: string }
  | { readonly do: 'close' }
);

/** `ms`: how long the sync took, from the call until both sides had stored their anchors. */
export interface SubscriberResult {
  readonly ms?: number;
  readonly fingerprint?: string;
}

/** How such a process answers. */
export type SubscriberReply = { readonly number: number } & (
  | { readonly outcome: 'done'; readonly result: SubscriberResult }
  | { readonly outcome: 'failed'; readonly text: string }
);
