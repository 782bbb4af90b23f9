import type { Edits } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { afterLossOf } from '../../objects/earlier-edits.ts';
import type { GarbagePage, GarbagePageResult } from '../../ports/garbage-page.ts';
import type { Filter } from './mongo-rows.ts';
import type { Planning } from './plan-revisions.ts';
import { longFields } from './revision-rows.ts';
import {
  type BlobRow,
  type ChangeRow,
  type PeerRow,
  type PieceRow,
  type RevisionRow,
  type SiteTable,
  type SiteTables,
  type TurnRow,
} from './site-tables.ts';
import { settingSteps, type Step } from './steps.ts';
import type { Plan, Turn } from './turn.ts';

const oldestFirst = { seq: 1 } as const;

/** Plans that one page of the revisions goes that nobody needs; a page at a time, so that others can write in between. */
export async function planGarbage(
  planning: Planning,
  _turn: Turn,
  page: GarbagePage,
): Promise<Plan<GarbagePageResult>> {
  const { tables } = planning;
  const { after, oldest, limit } = page;
  const revisions = tables.rows<RevisionRow>('revision');
  // The newest is needed always, and an entry that starts an epoch has nothing before it.
  const found = await revisions.find(
    { seq: { $gt: after, $lt: oldest }, newest: 0 },
    { sort: oldestFirst, limit, without: ['text', 'edits'] },
  );
  const next = found.length < limit ? undefined : found.at(-1)?.seq;
  const going = await unneeded(tables, found, page);
  if (going.length === 0) return { result: { removed: 0, next } };
  const steps: readonly Step[] = [
    ...(await repairs(tables, going)),
    { does: 'remove', table: 'revision', keys: going.map(({ _id }) => _id) },
  ];
  const replaced = going.flatMap(({ blob, shadowBlob }) => [blob, shadowBlob].filter((one) => one !== undefined));
  return { result: { removed: going.length, next }, steps, replaced };
}

type Candidate = RevisionRow & { readonly gid: Gid };

async function unneeded(
  tables: SiteTables,
  found: readonly RevisionRow[],
  { oldest, keep }: GarbagePage,
): Promise<readonly Candidate[]> {
  const candidates = found.flatMap((row) =>
    row.gid === undefined || keep.has(row.seq) ? [] : [{ ...row, gid: row.gid }],
  );
  if (candidates.length === 0) return [];
  const gids = [...new Set(candidates.map(({ gid }) => gid))];
  const seqs = new Set(candidates.map(({ seq }) => seq));
  const [later, changes] = await Promise.all([
    tables
      .rows<RevisionRow>('revision')
      .find({ gid: { $in: gids }, seq: { $lte: oldest } }, { sort: oldestFirst, without: longFields }),
    tables.rows<ChangeRow>('change').find({ gid: { $in: gids }, seq: { $lte: oldest }, until: { $gt: oldest } }),
  ]);
  const newest = new Map(later.map(({ gid, seq }) => [gid, seq]));
  // That an object left a collection is not forgotten.
  const inCollections = new Set(changes.map(({ seq }) => seq).filter((seq) => seqs.has(seq)));
  const isShown = ({ gid, seq, op, shadow, shadowBlob }: Candidate): boolean =>
    (shadow !== undefined || shadowBlob !== undefined) &&
    !later.some((other) => other.gid === gid && other.seq > seq && other.op === op && other.ox === 1);
  return candidates.filter(
    (row) => (newest.get(row.gid) ?? 0) > row.seq && !inCollections.has(row.seq) && !isShown(row),
  );
}

/** What names those that go is told of what was before them, or comes after. */
async function repairs(tables: SiteTables, going: readonly Candidate[]): Promise<readonly Step[]> {
  const gids = [...new Set(going.map(({ gid }) => gid))];
  const seqs = going.map(({ seq }) => seq);
  const before = new Map(going.map(({ seq, prev = 0 }) => [seq, prev]));
  const [revisions, changes] = await Promise.all([
    tables.rows<RevisionRow>('revision').find({ gid: { $in: gids }, prev: { $in: seqs } }, { without: longFields }),
    tables
      .rows<ChangeRow>('change')
      .find({ gid: { $in: gids }, $or: [{ seq: { $in: seqs } }, { until: { $in: seqs } }] }),
  ]);
  const edits = await editsAfterLoss(tables, gids, before);
  const goingChanges = changes.filter(({ seq }) => before.has(seq));
  const after = new Map(goingChanges.map(({ c, seq, until }) => [`${String(c)}/${String(seq)}`, until]));
  const settings = revisions
    .filter(({ seq }) => !before.has(seq))
    .map(({ _id, seq, prev = 0 }) => ({
      _id,
      fields: { prev: follow(prev, (one) => before.get(one)), edits: edits.get(seq) },
    }));
  const changeSettings = changes
    .filter(({ seq }) => !before.has(seq))
    .map(({ _id, c, until }) => {
      const last = follow(until, (seq) => after.get(`${String(c)}/${String(seq)}`));
      return { _id, fields: { until: last } };
    });
  return [
    ...settingSteps('revision', settings),
    ...settingSteps('change', changeSettings),
    { does: 'remove', table: 'change', keys: goingChanges.map(({ _id }) => _id) },
  ];
}

/** What those that stay know of the edits of those that go before them. */
async function editsAfterLoss(
  tables: SiteTables,
  gids: readonly Gid[],
  before: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<number, string>> {
  const seqs = [...before.keys()];
  const named: Filter = { gid: { $in: gids }, $or: [{ seq: { $in: seqs } }, { prev: { $in: seqs } }] };
  const rows = await tables
    .rows<RevisionRow>('revision')
    .find(named, { sort: oldestFirst, without: ['text', 'shadow'] });
  // Holds: the field is written from Edits only.
  const known = new Map(rows.map(({ seq, state, edits = '' }) => [seq, { state, edits: JSON.parse(edits) as Edits }]));
  for (const { seq, prev = 0 } of rows) {
    const [heir, gone] = [known.get(seq), before.has(prev) ? known.get(prev) : undefined];
    if (heir === undefined || gone === undefined || gone.state === 'epoch') continue;
    known.set(seq, { ...heir, edits: afterLossOf({ state: gone.state, edits: gone.edits }, heir.edits) });
  }
  return new Map([...known].map(([seq, { edits }]) => [seq, JSON.stringify(edits)]));
}

function follow(from: number, next: (seq: number) => number | undefined): number {
  let at = from;
  for (let to = next(at); to !== undefined; to = next(at)) at = to;
  return at;
}

const sweptTables: readonly SiteTable[] = [
  'publication',
  'peer',
  'exception',
  'conflict',
  'piece',
  'alias',
  'collection',
];
/** Longer than any commit can be under way. */
const sweepAfterMs = 60 * 60_000;

/** Removes what no commit can need any more: rows that are gone, and what was kept beside rows for commits that did not come about. */
export async function sweep(tables: SiteTables, now: number): Promise<void> {
  const before = now - sweepAfterMs;
  for (const table of sweptTables) await tables.rows<TurnRow>(table).remove({ goneAt: { $lt: before } });
  await tables.rows('part').remove({ at: { $lt: before } });
  const blobs = tables.rows<BlobRow>('blob');
  const old = await blobs.find({ at: { $lt: before } }, { without: ['text', 'octets'] });
  if (old.length === 0) return;
  const named = await namedBlobs(tables);
  const lost = old.map(({ _id }) => _id).filter((key) => !named.has(key.slice(0, key.lastIndexOf('/'))));
  if (lost.length > 0) await blobs.remove({ _id: { $in: lost } });
}

async function namedBlobs(tables: SiteTables): Promise<ReadonlySet<string>> {
  const isNamed = { $gt: '' };
  const named = await Promise.all([
    tables.rows<RevisionRow>('revision').texts('blob', { blob: isNamed }),
    tables.rows<RevisionRow>('revision').texts('shadowBlob', { shadowBlob: isNamed }),
    tables.rows<PeerRow>('peer').texts('message', { message: isNamed }),
    tables.rows<PieceRow>('piece').texts('blob', { blob: isNamed }),
    tables.rows('messagePart').texts('blob', { blob: isNamed }),
  ]);
  return new Set(named.flat().map((name) => name.slice(0, name.indexOf('#'))));
}
