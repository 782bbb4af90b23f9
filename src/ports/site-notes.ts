import type { Field } from '../objects/edit.ts';

/** Something that a sync tells those who look on. `cancel` is told to the sync. */
export type SyncEventKind =
  'plan' | 'queued' | 'started' | 'progress' | 'cancel' | 'done' | 'waiting' | 'failed' | 'cancelled';

/** One event of a sync, with its place in the list of all of the site, by which a reader goes on. */
export interface SyncEvent extends NewSyncEvent {
  readonly number: number;
}

/** An event to be told. */
export interface NewSyncEvent {
  readonly subscription: string;
  /** Tells one sync of the subscription from another; empty for what belongs to none that has begun. */
  readonly run: string;
  readonly at: number;
  readonly kind: SyncEventKind;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Which events of a subscription. */
export interface SyncEventFilter {
  readonly after?: number;
  readonly limit?: number;
  readonly kinds?: readonly SyncEventKind[];
  /** The newest first, instead of the oldest. */
  readonly newestFirst?: boolean;
}

/** What settles conflicts of a field by itself: those that are open, and those that will come. */
export interface ConflictRule {
  readonly id: string;
  /** Only conflicts of this publication, or of this subscription; undefined: of all. */
  readonly publication?: string | undefined;
  readonly subscription?: string | undefined;
  readonly field: Field;
  readonly keep: 'publisher' | 'subscriber' | 'newer';
  readonly createdAt: number;
  readonly by: string;
}

/** A password for scripts. What it is itself is not kept, only its hash. */
export interface Token {
  readonly id: string;
  readonly hash: string;
  readonly account: string;
  /** Whose account it is: one of the site, or one of the installation. */
  readonly accountOf: 'site' | 'installation';
  readonly title: string;
  readonly createdAt: number;
  /** Undefined: it does not end. */
  readonly expiresAt: number | undefined;
  readonly lastUsedAt: number | undefined;
}

/** How many activities of one kind ended in one way within one hour, which began at `hour` (milliseconds since 1970). */
export interface ActivityCount {
  readonly hour: number;
  readonly work: string;
  readonly outcome: 'done' | 'retried' | 'failed';
  readonly count: number;
}

/** What a site keeps beside the engine's own rows: nothing of it is part of a decision of the engine, and each write stands alone. */
export interface SiteNotes {
  /** Returns the event's number. With `progress`, earlier progress of the same run goes: who comes late needs only the last. */
  addSyncEvent(event: NewSyncEvent): Promise<number>;
  /** In order. */
  syncEvents(subscription: string, filter?: SyncEventFilter): Promise<readonly SyncEvent[]>;
  /** Forgets the events of a subscription up to this number. */
  dropSyncEvents(subscription: string, upTo: number): Promise<void>;

  /** The oldest first. */
  conflictRules(): Promise<readonly ConflictRule[]>;
  addConflictRule(rule: ConflictRule): Promise<void>;
  /** False when there is none. */
  removeConflictRule(id: string): Promise<boolean>;

  /** Of one account, or of all; by account, the oldest first. */
  tokens(account?: string): Promise<readonly Token[]>;
  tokenWithHash(hash: string): Promise<Token | undefined>;
  /** Creates or replaces, by id. */
  saveToken(token: Token): Promise<void>;
  /** Notes that it was used. False when there is none; none is made. */
  touchToken(id: string, lastUsedAt: number): Promise<boolean>;
  /** False when there is none. */
  removeToken(id: string): Promise<boolean>;

  /** Adds one, or as many as are given, and forgets what is older than `keepFrom`. */
  countActivity(count: Omit<ActivityCount, 'count'>, keepFrom: number, times?: number): Promise<void>;
  /** From a time on, by hour. */
  activityCounts(from: number): Promise<readonly ActivityCount[]>;
}
