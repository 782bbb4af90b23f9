import type { CopiedPlace } from '../../ports/store-copy.ts';

/** How a table is read and written as a whole. */
export interface TableLayout {
  readonly columns: readonly string[];
  /** By which its rows are in order. */
  readonly key: readonly string[];
}

type SiteTable = Exclude<CopiedPlace['table'], 'setting' | 'session' | 'end_of_log'>;

const account: TableLayout = {
  columns: ['name', 'roles', 'password_hash', 'must_change_password', 'created_at'],
  key: ['name'],
};

/** The tables of a site's file. */
export const siteLayouts: Readonly<Record<SiteTable, TableLayout>> = {
  revision: {
    columns: [
      ...['seq', 'epoch', 'hash', 'state', 'gid', 'parent', 'id', 'type', 'digest', 'edit_id', 'edit_at', 'edit_by'],
      ...['other_edits', 'received_at', 'origin_peer', 'origin_epoch', 'origin_number', 'origin_exact', 'document'],
      ...['shadow', 'seen'],
    ],
    key: ['seq'],
  },
  collection: { columns: ['number', 'root'], key: ['number'] },
  change: { columns: ['collection', 'seq', 'gid', 'is_member'], key: ['collection', 'seq'] },
  alias: { columns: ['given', 'kept'], key: ['given'] },
  publication: { columns: ['id', 'record'], key: ['id'] },
  peer: { columns: ['number', 'kind', 'publication', 'name', 'version', 'record', 'message'], key: ['number'] },
  exception: { columns: ['peer', 'gid', 'reason', 'record'], key: ['peer', 'gid'] },
  conflict: {
    columns: ['listed_at', 'id', 'gid', 'peer', 'role', 'state', 'field', 'opened_at', 'record'],
    key: ['listed_at'],
  },
  piece: { columns: ['peer', 'number', 'text'], key: ['peer', 'number'] },
  log_line: { columns: ['number', 'at', 'kind', 'level', 'subject', 'text', 'details'], key: ['number'] },
  account,
  activity: {
    columns: [
      ...['id', 'state', 'work', 'priority', 'not_before', 'tag', 'after_tag', 'one_at_a_time', 'deduplicate'],
      ...['max_retries', 'retries', 'created_at', 'failure_code', 'failure_message', 'failure_at', 'holder'],
      ...['lease_until', 'untold'],
    ],
    key: ['id'],
  },
  conflict_rule: { columns: ['id', 'created_at', 'record'], key: ['id'] },
  token: { columns: ['id', 'hash', 'account', 'created_at', 'record'], key: ['id'] },
  sync_event: { columns: ['number', 'subscription', 'run', 'at', 'kind', 'data'], key: ['number'] },
  activity_count: { columns: ['hour', 'work', 'outcome', 'count'], key: ['hour', 'work', 'outcome'] },
  openpgp_key: { columns: ['fingerprint', 'created_at', 'record'], key: ['fingerprint'] },
  message_part: { columns: ['message', 'part', 'at', 'octets'], key: ['message', 'part'] },
  carrier_note: { columns: ['about', 'record'], key: ['about'] },
};

/** The tables of the file that is common to the sites. */
export const installationLayouts: Readonly<Record<'setting' | 'account' | 'session', TableLayout>> = {
  setting: { columns: ['name', 'value'], key: ['name'] },
  account,
  session: {
    columns: [
      ...['id', 'secret_hash', 'site', 'account', 'password_mark', 'created_at', 'seen_at', 'address', 'agent'],
    ],
    key: ['id'],
  },
};

/** Tables whose numbers are never given again, and the name of the last in `end_of_log`. */
export const counters = { last_peer: 'peer', last_collection: 'collection', last_conflict: 'conflict' } as const;
