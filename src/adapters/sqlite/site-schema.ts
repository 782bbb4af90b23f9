import type { Migrations } from './sqlite-database.ts';

/**
 * The file of one site. What is not obvious:
 * - `revision` is the log. An entry without `gid` starts an epoch: it has a place and a hash, and no read shows it. A document that is the same as in the
 *   object's revision before is not stored again: `document_at` is the revision that has it. `document` is behind most columns, so that what reads only the
 *   others does not walk through it. `shadow` is the peer's document where a conduit has written another one.
 * - `object` is the tree as it is now: only what is present.
 * - `change` is the log range of a collection.
 * - `conflict.field` and `opened_at` repeat what its record says, for the filters of the desk.
 * - `sync_event` is what a sync tells those who look on; `activity_count` has one row for each hour and kind of work.
 * - `site.turn` grows with every decision that is committed, so that a decider in another process sees that what it read is out of date.
 */
export const siteMigrations: Migrations = [
  `
CREATE TABLE site (
  only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, turn INTEGER NOT NULL
) STRICT;

CREATE TABLE revision (
  seq INTEGER PRIMARY KEY, epoch TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL,
  gid TEXT, parent TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, digest TEXT NOT NULL, document_at INTEGER NOT NULL,
  edit_id TEXT NOT NULL, edit_at INTEGER NOT NULL, edit_by TEXT NOT NULL, other_edits TEXT, received_at INTEGER NOT NULL,
  origin_peer INTEGER, origin_epoch TEXT, origin_number INTEGER, origin_exact INTEGER, document TEXT
) STRICT;
CREATE INDEX revision_of_object ON revision (gid, seq);
CREATE INDEX revision_gone ON revision (parent, seq) WHERE state IN ('deleted', 'left');

CREATE TABLE object (gid TEXT PRIMARY KEY, seq INTEGER NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX object_by_id ON object (parent, id);

CREATE TABLE collection (number INTEGER PRIMARY KEY AUTOINCREMENT, root TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE change (
  collection INTEGER NOT NULL, seq INTEGER NOT NULL, gid TEXT NOT NULL, is_member INTEGER NOT NULL, PRIMARY KEY (collection, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_of_object ON change (collection, gid, seq);

CREATE TABLE alias (given TEXT PRIMARY KEY, kept TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE publication (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE peer (
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, publication TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
  record TEXT NOT NULL, message BLOB, UNIQUE (kind, publication, name)
) STRICT;
CREATE TABLE exception (
  peer INTEGER NOT NULL REFERENCES peer ON DELETE CASCADE, gid TEXT NOT NULL, reason TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (peer, gid)
) STRICT, WITHOUT ROWID;
CREATE TABLE conflict (
  listed_at INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, gid TEXT NOT NULL,
  peer INTEGER NOT NULL REFERENCES peer ON DELETE CASCADE, role TEXT NOT NULL, state TEXT NOT NULL, record TEXT NOT NULL
) STRICT;
CREATE INDEX conflict_of_object ON conflict (gid, listed_at);
CREATE INDEX conflict_of_peer ON conflict (peer, listed_at);
CREATE INDEX conflict_in_state ON conflict (state, listed_at);

CREATE TABLE log_line (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, level TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, details TEXT NOT NULL
) STRICT;
CREATE INDEX log_line_about ON log_line (subject, number);

CREATE TABLE account (
  name TEXT PRIMARY KEY, roles TEXT NOT NULL, password_hash TEXT NOT NULL, must_change_password INTEGER NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE activity (
  id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, work TEXT NOT NULL, priority INTEGER NOT NULL, not_before INTEGER NOT NULL,
  tag TEXT NOT NULL, after_tag TEXT NOT NULL, one_at_a_time TEXT NOT NULL, deduplicate TEXT NOT NULL, max_retries INTEGER NOT NULL,
  retries INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, failure_code TEXT, failure_message TEXT, failure_at INTEGER,
  holder TEXT, lease_until INTEGER
) STRICT;
CREATE INDEX activity_next ON activity (state, priority, not_before, id);
CREATE INDEX activity_with_tag ON activity (tag) WHERE tag <> '';
CREATE INDEX activity_in_turn ON activity (one_at_a_time, id) WHERE one_at_a_time <> '';
CREATE INDEX activity_once ON activity (deduplicate) WHERE deduplicate <> '';
`,
  `
ALTER TABLE conflict ADD COLUMN field TEXT NOT NULL DEFAULT '';
ALTER TABLE conflict ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;
UPDATE conflict SET field = coalesce(json_extract(record, '$.field'), ''), opened_at = coalesce(json_extract(record, '$.openedAt'), 0);
CREATE INDEX conflict_of_field ON conflict (state, field, listed_at);
CREATE TABLE conflict_rule (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE INDEX log_line_of_kind ON log_line (kind, number);

CREATE TABLE token (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, account TEXT NOT NULL, created_at INTEGER NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX token_of_account ON token (account);

CREATE TABLE sync_event (
  number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, run TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL
) STRICT;
CREATE INDEX sync_event_of ON sync_event (subscription, number);

CREATE INDEX activity_in_state ON activity (state, id);
CREATE TABLE activity_count (hour INTEGER NOT NULL, work TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (hour, work, outcome)) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE openpgp_key (fingerprint TEXT PRIMARY KEY, created_at INTEGER NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE message_part (
  message TEXT NOT NULL, part INTEGER NOT NULL, at INTEGER NOT NULL, octets BLOB NOT NULL, PRIMARY KEY (message, part)
) STRICT;
`,
  // Not without rowid: the pieces are long.
  `
CREATE TABLE piece (peer INTEGER NOT NULL REFERENCES peer ON DELETE CASCADE, number INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (peer, number)) STRICT;
`,
  `
CREATE TABLE carrier_note (about TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  // Behind the document, for no older row is written anew: what is NULL is known without a walk through it.
  `
ALTER TABLE revision ADD COLUMN shadow TEXT;
CREATE INDEX revision_with_shadow ON revision (gid, seq) WHERE shadow IS NOT NULL;
`,
  // What a subscriber knows of the log, out of its record, so that who is furthest behind is found by an index.
  `
ALTER TABLE peer ADD COLUMN known_up_to INTEGER GENERATED ALWAYS AS (coalesce(
  json_extract(record, '$.state.offered.checkpoint.publisher.seq'), json_extract(record, '$.state.checkpoints[#-1].publisher.seq'), 0
)) VIRTUAL;
CREATE INDEX peer_behind ON peer (publication, known_up_to) WHERE kind = 'subscriber';
CREATE INDEX peer_in_session ON peer (publication) WHERE kind = 'subscriber' AND json_type(record, '$.state.session') = 'object';
`,
  // The record of a subscriber at rest; see `keptRecord`.
  `
ALTER TABLE peer ADD COLUMN packed BLOB;
`,
  // What has failed for good before is told.
  `
ALTER TABLE activity ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;
CREATE INDEX activity_untold ON activity (id) WHERE untold = 1;
`,
  // Whose a subscriber is, out of its record; of those that were packed before it is known from their next sync on.
  `
ALTER TABLE peer ADD COLUMN account TEXT GENERATED ALWAYS AS (json_extract(record, '$.account')) VIRTUAL;
CREATE INDEX peer_of_account ON peer (publication, account) WHERE kind = 'subscriber';
`,
  // In which run of the machine the file is written to, and by how many; see `OpenMark`.
  `
CREATE TABLE open_mark (only INTEGER PRIMARY KEY CHECK (only = 1), boot TEXT NOT NULL, holders INTEGER NOT NULL) STRICT;
`,
  // Who was overtaken, and is to be served next; see `TurnLine`.
  `
ALTER TABLE site ADD COLUMN reserved TEXT NOT NULL DEFAULT '[]';
`,
  // Of which installation the file is; see `refuseFileOfAnother`. In older files, who opens them first says so.
  `
ALTER TABLE site ADD COLUMN installation TEXT;
`,
  // Up to where the maker of an edit from below had the log; see `Revision`.
  `
ALTER TABLE revision ADD COLUMN seen INTEGER;
`,
];
