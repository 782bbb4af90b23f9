/** Which file the log is to be copied into. */
export interface CheckpointRequest {
  readonly file: string;
}

/** What came of it; `errcode` is SQLite's. Requests are answered in their order. */
export type CheckpointReply =
  | { readonly outcome: 'copied' }
  | { readonly outcome: 'failed'; readonly text: string; readonly errcode: number | undefined };
