import type { Migrations } from './sqlite-database.ts';

/** The file that is common to the sites of a data directory. Its `user_version` is the format of the directory. */
export const installationMigrations: Migrations = [
  `
CREATE TABLE site (id TEXT PRIMARY KEY, title TEXT NOT NULL, created_at INTEGER NOT NULL, serial TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE account (
  name TEXT PRIMARY KEY, roles TEXT NOT NULL, password_hash TEXT NOT NULL, must_change_password INTEGER NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
  // Who has signed in at the pages.
  `
CREATE TABLE session (
  id TEXT PRIMARY KEY, secret_hash TEXT NOT NULL UNIQUE, site TEXT NOT NULL, account TEXT NOT NULL, password_mark TEXT NOT NULL,
  created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_seen ON session (seen_at);
`,
];

/** The file that holds the locks of a data directory: it has nothing in it. */
export const lockMigrations: Migrations = ['CREATE TABLE lock (empty INTEGER) STRICT;'];
