import type { CopiedRow } from '../../ports/store-copy.ts';
import { Blobs } from './blobs.ts';
import { changeKeyOf, revisionOfColumns } from './copied-rows.ts';
import { keepLong, revisionLong } from './copied-texts.ts';
import type { Row } from './mongo-rows.ts';
import { type ChangeRow, numberKey, type RevisionRow, type SiteTables, unending } from './site-tables.ts';

/** So many lines of the log can come before a turn has to have a greater number. */
const linesPerTurn = 2 ** 20;

/** The site that is filled. */
interface LogTarget {
  readonly tables: SiteTables;
  readonly random: () => string;
}

/** Adds entries of the log, each linked with what came before it of its object. */
export async function writeRevisions({ tables, random }: LogTarget, rows: readonly CopiedRow[]): Promise<void> {
  const pieces = { blobs: new Blobs(tables), random };
  const table = tables.rows<RevisionRow>('revision');
  const revisions = rows.map(revisionOfColumns);
  const gids = [...new Set(revisions.flatMap(({ gid }) => (gid === undefined ? [] : [gid])))];
  const first = revisions[0]?.seq ?? 0;
  const before = await table.find(
    { gid: { $in: gids }, newest: 1, seq: { $lt: first } },
    { without: ['text', 'edits', 'shadow'] },
  );
  const newest = new Map(before.map(({ gid, seq }) => [gid, seq]));
  const written = new Map<number, RevisionRow>();
  for (const [at, revision] of revisions.entries()) {
    const { gid, seq } = revision;
    if (gid === undefined) {
      written.set(seq, revision);
      continue;
    }
    const prev = newest.get(gid) ?? 0;
    const own = written.get(prev);
    if (own !== undefined) written.set(prev, { ...own, newest: 0 });
    newest.set(gid, seq);
    const long = await keepLong(pieces, revisionLong, rows[at] ?? {});
    written.set(seq, { ...revision, ...long, newest: 1, prev });
  }
  await table.add([...written.values()]);
  const followed = before.filter(({ gid, seq }) => newest.get(gid) !== seq);
  await table.set(followed.map(({ _id }) => ({ _id, fields: { newest: 0 } })));
}

/** Adds changes of collections, each linked with what came before it of its object. */
export async function writeChanges(tables: SiteTables, rows: readonly CopiedRow[]): Promise<void> {
  const table = tables.rows<ChangeRow>('change');
  const revisions = await tables
    .rows<RevisionRow>('revision')
    .find({ _id: { $in: rows.map(({ seq }) => numberKey(Number(seq))) } }, { without: ['text', 'edits', 'shadow'] });
  const bySeq = new Map(revisions.map((row) => [row.seq, row]));
  const keys = new Set(rows.map(changeKeyOf));
  const gids = [...new Set(rows.map(({ gid }) => gid))];
  const before = (await table.find({ gid: { $in: gids }, until: unending })).filter(({ _id }) => !keys.has(_id));
  const last = new Map(before.map((row) => [`${String(row.c)}/${row.gid}`, row._id]));
  const written = new Map<string, ChangeRow>();
  const followed: { readonly _id: string; readonly fields: { readonly until: number } }[] = [];
  for (const row of rows) {
    const seq = Number(row['seq']);
    const revision = bySeq.get(seq);
    if (revision?.gid === undefined) continue;
    const { gid, op, oe, ox } = revision;
    const place = `${String(row['collection'])}/${gid}`;
    const prior = last.get(place);
    const own = prior === undefined ? undefined : written.get(prior);
    if (own !== undefined) written.set(own._id, { ...own, until: seq });
    else if (prior !== undefined) followed.push({ _id: prior, fields: { until: seq } });
    const origin = op === undefined || oe === undefined || ox === undefined ? {} : { op, oe, ox };
    const _id = changeKeyOf(row);
    written.set(_id, {
      _id,
      c: Number(row['collection']),
      seq,
      gid,
      m: row['is_member'] === 1 ? 1 : 0,
      until: unending,
      ...origin,
    });
    last.set(place, _id);
  }
  await table.add([...written.values()]);
  await table.set(followed);
}

/** Last of all: with its first turn, the site is one. */
export async function writeEndOfLog(tables: SiteTables, rows: readonly CopiedRow[]): Promise<void> {
  const [row = {}] = rows;
  const newestLine = await tables.rows<Row & { readonly number: number }>('logLine').first({}, { number: -1 });
  const newestActivity = await tables
    .rows<Row & { readonly id: number }>('activity')
    .first({ id: { $gt: 0 } }, { id: -1 });
  const shadows = (await tables.rows('revision').find({ shadow: { $gt: '' } }, { limit: 1, without: ['text'] })).length;
  const least = Math.ceil(((newestLine?.number ?? 0) + 1) / linesPerTurn);
  const turn = Math.max(Number(row['turn'] ?? 0), least);
  const done = { at: 0, by: 'copy', isDone: true, parts: 0, steps: '' };
  const { epoch = '', seq = 0, hash = '' } = row;
  await tables.rows<Row>('turn').put({
    ...{ _id: numberKey(turn), turn, ...done, epoch, seq, hash, shadows },
    ...{ listed: row['last_conflict'] ?? 0, peers: row['last_peer'] ?? 0, collections: row['last_collection'] ?? 0 },
  });
  await tables.rows<Row>('queueTurn').put({
    ...{ _id: numberKey(0), turn: 0, ...done, epoch: 'queue', seq: 0, hash: '', shadows: 0 },
    ...{ listed: newestActivity?.id ?? 0, peers: 0, collections: 0 },
  });
}
