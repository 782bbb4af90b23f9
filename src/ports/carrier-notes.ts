/** What is wrong with a way that carries messages, since when. */
export interface Trouble {
  readonly at: number;
  readonly text: string;
}

/** What is known of a way that carries messages: to one peer, or into one mailbox. */
export interface CarrierNote {
  readonly lastSentAt?: number;
  readonly lastReceivedAt?: number;
  readonly trouble?: Trouble;
}

/** What has changed. A trouble that is null is over. */
export interface CarrierNews {
  readonly lastSentAt?: number;
  readonly lastReceivedAt?: number;
  readonly trouble?: Trouble | null;
}

/** Notes of a site on mails and drop folders, for operators: nothing is decided by them. */
export interface CarrierNotes {
  /** By what they are about. */
  notes(): Promise<ReadonlyMap<string, CarrierNote>>;
  /** Adds to what is known; what the news do not say stays. */
  note(about: string, news: CarrierNews): Promise<void>;
  /** What it was about is no more. Nothing happens where nothing is known of it. */
  forget(about: string): Promise<void>;
}
