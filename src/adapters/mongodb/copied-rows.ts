import type { Edit, Edits, ListedEdit } from '../../objects/edit.ts';
import { editsFrom, listedEdits } from '../../objects/edit.ts';
import type { CopiedPlace, CopiedRow, CopiedValue } from '../../ports/store-copy.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { peerFields } from './plan-peers.ts';
import { readRecord } from './peer-records.ts';
import type { Row } from './mongo-rows.ts';
import { changeKey, numberKey, type RevisionRow, type SiteTable } from './site-tables.ts';

/** How the rows of a table are kept here. What is long is put in and taken out by the caller: it is in `long` of the copied row. */
export interface RowMapping {
  readonly table: SiteTable;
  readonly keyOf: (row: CopiedRow) => string;
  /** The copied column for each field that is taken over as it is. */
  readonly fields: Readonly<Record<string, string>>;
  /** Fields of the row that are octets or long, and the fields that name their pieces. */
  readonly long?: readonly {
    readonly column: string;
    readonly field?: string;
    readonly blob: string;
    readonly isText: boolean;
  }[];
  /** Fields that are made of other columns, and back. */
  readonly fold?: (row: CopiedRow) => Readonly<Record<string, unknown>>;
  readonly unfold?: (row: Readonly<Record<string, unknown>>) => CopiedRow;
}

type Mapped = Exclude<CopiedPlace['table'], 'setting' | 'session' | 'end_of_log' | 'revision' | 'change'>;

const same = (...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, name]));

/** A number of a column as a key. */
function padded(value: CopiedValue | undefined): string {
  return numberKey(Number(value));
}

const text = (value: CopiedValue | undefined): string => (typeof value === 'string' ? value : String(Number(value)));

/** An account, of a site or of the installation. */
export const accountMapping: Omit<RowMapping, 'table'> = {
  keyOf: ({ name }) => text(name),
  fields: { passwordHash: 'password_hash', createdAt: 'created_at' },
  fold: ({ roles, must_change_password: must }) => ({
    roles: readRecord<readonly string[]>(text(roles)),
    mustChangePassword: must === 1,
  }),
  unfold: ({ _id, roles, mustChangePassword }) => ({
    name: text(valueOf(_id)),
    roles: JSON.stringify(roles),
    must_change_password: mustChangePassword === true ? 1 : 0,
  }),
};

/** A session of the installation. */
export const sessionMapping: Omit<RowMapping, 'table'> = {
  keyOf: ({ id }) => text(id),
  fields: {
    ...same('site', 'account', 'address', 'agent'),
    ...{ secretHash: 'secret_hash', passwordMark: 'password_mark', createdAt: 'created_at', seenAt: 'seen_at' },
  },
  unfold: ({ _id }) => ({ id: valueOf(_id) }),
};

/** A setting of the installation. */
export const settingMapping: Omit<RowMapping, 'table'> = {
  keyOf: ({ name }) => text(name),
  fields: same('value'),
  unfold: ({ _id }) => ({ name: valueOf(_id) }),
};

/** How all tables of a site are kept here, but for the log. */
export const siteMappings: Readonly<Record<Mapped, RowMapping>> = {
  collection: { table: 'collection', keyOf: ({ number }) => text(number), fields: same('number', 'root') },
  alias: {
    table: 'alias',
    keyOf: ({ given }) => text(given),
    fields: same('kept'),
    unfold: ({ _id }) => ({ given: valueOf(_id) }),
  },
  publication: {
    table: 'publication',
    keyOf: ({ id }) => text(id),
    fields: same('record'),
    unfold: ({ _id }) => ({ id: valueOf(_id) }),
  },
  peer: {
    table: 'peer',
    keyOf: ({ number }) => padded(number),
    fields: same('number', 'kind', 'publication', 'name', 'version', 'record'),
    fold: ({ record }) => peerFields(readRecord<Subscription | Subscriber>(text(record))),
    long: [{ column: 'message', blob: 'message', isText: false }],
  },
  exception: {
    table: 'exception',
    keyOf: ({ peer, gid }) => `${text(peer)}/${text(gid)}`,
    fields: same('peer', 'gid', 'reason', 'record'),
  },
  conflict: {
    table: 'conflict',
    keyOf: ({ id }) => text(id),
    fields: {
      ...same('gid', 'peer', 'role', 'state', 'field', 'record'),
      listedAt: 'listed_at',
      openedAt: 'opened_at',
    },
    unfold: ({ _id }) => ({ id: valueOf(_id) }),
  },
  piece: {
    table: 'piece',
    keyOf: ({ peer, number }) => `${text(peer)}/${padded(number)}`,
    fields: same('peer', 'number'),
    long: [{ column: 'text', field: 'text', blob: 'blob', isText: true }],
  },
  log_line: {
    table: 'logLine',
    keyOf: ({ number }) => padded(number),
    fields: same('number', 'at', 'kind', 'level', 'subject', 'text'),
    fold: ({ details }) => {
      const { span, ...rest } = readRecord<Readonly<Record<string, unknown>>>(text(details));
      return { details: JSON.stringify(rest), ...(span === undefined ? {} : { span: JSON.stringify(span) }) };
    },
    unfold: ({ details, span }) => {
      const rest = readRecord<Readonly<Record<string, unknown>>>(text(valueOf(details)));
      const all = typeof span === 'string' ? { ...rest, span: readRecord<unknown>(span) } : rest;
      return { details: JSON.stringify(all) };
    },
  },
  account: { table: 'account', ...accountMapping },
  activity: {
    table: 'activity',
    keyOf: ({ id }) => padded(id),
    fields: {
      ...same('id', 'state', 'work', 'priority', 'tag', 'deduplicate', 'retries'),
      ...{ notBefore: 'not_before', afterTag: 'after_tag', oneAtATime: 'one_at_a_time', maxRetries: 'max_retries' },
      createdAt: 'created_at',
    },
    fold: ({ failure_code: code, failure_message: message, failure_at: at, holder, lease_until: until, untold }) => ({
      ...(typeof code === 'string' ? { failure: { code, message, at, ...(untold === 1 && { isTold: false }) } } : {}),
      ...(typeof holder === 'string' ? { lease: { holder, until } } : {}),
    }),
    unfold: ({ failure, lease }) => {
      const { code, message, at, isTold } = partsOf(failure);
      const { holder, until } = partsOf(lease);
      return {
        ...{ failure_code: valueOf(code), failure_message: valueOf(message), failure_at: valueOf(at) },
        ...{ holder: valueOf(holder), lease_until: valueOf(until) },
        untold: isTold === false ? 1 : 0,
      };
    },
  },
  conflict_rule: {
    table: 'conflictRule',
    keyOf: ({ id }) => text(id),
    fields: { record: 'record', createdAt: 'created_at' },
    unfold: ({ _id }) => ({ id: valueOf(_id) }),
  },
  token: {
    table: 'token',
    keyOf: ({ id }) => text(id),
    fields: { ...same('hash', 'account', 'record'), createdAt: 'created_at' },
    unfold: ({ _id }) => ({ id: valueOf(_id) }),
  },
  sync_event: {
    table: 'syncEvent',
    keyOf: ({ number }) => padded(number),
    fields: same('number', 'subscription', 'run', 'at', 'kind', 'data'),
  },
  activity_count: {
    table: 'activityCount',
    keyOf: ({ hour, work, outcome }) => `${padded(hour)}/${text(work)}/${text(outcome)}/${numberKey(0)}`,
    fields: same('hour', 'work', 'outcome', 'count'),
  },
  openpgp_key: {
    table: 'openPgpKey',
    keyOf: ({ fingerprint }) => text(fingerprint),
    fields: { record: 'record', createdAt: 'created_at' },
    unfold: ({ _id }) => ({ fingerprint: valueOf(_id) }),
  },
  message_part: {
    table: 'messagePart',
    keyOf: ({ message, part }) => `${text(message)}/${padded(part)}`,
    fields: same('message', 'part', 'at'),
    fold: ({ octets }) => ({ size: octets instanceof Uint8Array ? octets.length : 0 }),
    long: [{ column: 'octets', blob: 'blob', isText: false }],
  },
  carrier_note: {
    table: 'carrierNote',
    keyOf: ({ about }) => text(about),
    fields: {},
    fold: ({ record }) => readRecord<Readonly<Record<string, unknown>>>(text(record)),
    unfold: ({ _id, ...facts }) => {
      const known = Object.entries(facts).filter(([name, value]) => name !== 't' && value !== null);
      return { about: valueOf(_id), record: JSON.stringify(Object.fromEntries(known)) };
    },
  },
};

/** An entry of the log out of its columns, without what is long and what is worked out from others. */
export function revisionOfColumns(row: CopiedRow): RevisionRow {
  const { seq, epoch, hash, state, edit_id: id, edit_at: at, edit_by: by, other_edits: others } = row;
  const position = { _id: padded(seq), seq: Number(seq), epoch: text(epoch), hash: text(hash) };
  if (typeof row['gid'] !== 'string') return { ...position, state: 'epoch' };
  // Holds, as below: the columns of an edit are written from Edits only.
  const edits = editsFrom({ id, at, by } as Edit, typeof others === 'string' ? readRecord<ListedEdit[]>(others) : []);
  const { origin_peer: op, origin_epoch: oe, origin_number: on, origin_exact: ox, seen } = row;
  // Holds: the columns of a revision are written from Revision only.
  return {
    ...{ ...position, state, gid: row['gid'], parent: row['parent'], id: row['id'], type: row['type'] },
    ...{ digest: row['digest'], receivedAt: row['received_at'], edits: JSON.stringify(edits) },
    ...(op === null ? {} : { op, oe, on, ox }),
    ...(typeof seen === 'number' && { seen }),
  } as RevisionRow;
}

/** The columns of an entry of the log, without what is long. */
export function columnsOfRevision(row: RevisionRow): CopiedRow {
  const { seq, epoch, hash, state, gid, parent = '', id = '', type = '', digest = '', edits, receivedAt = 0 } = row;
  const made = edits === undefined ? { main: { id: '', at: 0, by: '' }, others: [] } : readRecord<Edits>(edits);
  const { main } = made;
  const listed = listedEdits(made);
  const { op = null, oe = null, on = null, ox = null, seen = null } = row;
  return {
    ...{ seq, epoch, hash, state, gid: gid ?? null, parent, id, type, digest },
    ...{ edit_id: main.id, edit_at: main.at, edit_by: main.by },
    ...{ other_edits: listed.length === 0 ? null : JSON.stringify(listed), received_at: receivedAt },
    ...{ origin_peer: op, origin_epoch: oe, origin_number: on, origin_exact: ox, seen },
  };
}

/** The key of a change out of its columns. */
export function changeKeyOf({ collection, seq }: CopiedRow): string {
  return changeKey(Number(collection), Number(seq));
}

/** A row out of copied columns, without what is long. */
export function rowOfColumns(mapping: Omit<RowMapping, 'table'>, columns: CopiedRow): Row {
  const fields = Object.entries(mapping.fields).map(([field, column]) => [field, columns[column]] as const);
  const folded: Readonly<Record<string, unknown>> = mapping.fold?.(columns) ?? {};
  const taken: Readonly<Record<string, CopiedValue | undefined>> = Object.fromEntries(fields);
  return { _id: mapping.keyOf(columns), ...taken, ...folded };
}

/** The copied columns of a row, without what is long. */
export function columnsOfRow(mapping: Omit<RowMapping, 'table'>, row: Row): CopiedRow {
  // Holds: a row is an object with names.
  const values = row as unknown as Readonly<Record<string, unknown>>;
  const columns = Object.entries(mapping.fields).map(([field, column]) => [column, valueOf(values[field])] as const);
  const taken: CopiedRow = Object.fromEntries(columns);
  return { ...taken, ...mapping.unfold?.(values) };
}

function valueOf(value: unknown): CopiedValue {
  return typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array ? value : null;
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  // Holds: an object that is there has names.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
