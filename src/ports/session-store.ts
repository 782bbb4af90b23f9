/** Somebody who has signed in at the pages and has not left yet. */
export interface Session {
  /** Random; names the session in lists. It does not let anybody in. */
  readonly id: string;
  /** SHA-256 of the secret that only the browser has, base64url. */
  readonly secretHash: string;
  /** The site whose account it is; empty: an account of the installation, good on all sites. */
  readonly site: string;
  readonly account: string;
  /** What the account's password was when it was signed in with: a digest of its hash. Another password ends the session. */
  readonly passwordMark: string;
  readonly createdAt: number;
  /** When it was last used, to the minute. */
  readonly seenAt: number;
  /** Where it was opened from. */
  readonly address: string;
  /** What the browser calls itself, cut. */
  readonly agent: string;
}

/** Which sessions. */
export interface SessionFilter {
  readonly site?: string;
  readonly account?: string;
}

/** The sessions of an installation, so that any process can tell who asks, and any Manager can end them. */
export interface SessionStore {
  /** Creates, or replaces by id. */
  saveSession(session: Session): Promise<void>;
  /** The session that a secret opens. */
  sessionOf(secretHash: string): Promise<Session | undefined>;
  /** The one used last first. */
  sessions(filter?: SessionFilter): Promise<readonly Session[]>;
  /** Notes that it was used; nothing when it has ended. */
  touchSession(id: string, seenAt: number): Promise<void>;
  /** Lets it go on with another password. False when it has ended; none is opened. */
  markSession(id: string, passwordMark: string): Promise<boolean>;
  /** False when there is none. */
  endSession(id: string): Promise<boolean>;
  /** Ends those not used since, or opened before. Returns how many. */
  endSessionsBefore(times: { readonly seenAt: number; readonly createdAt: number }): Promise<number>;
}
