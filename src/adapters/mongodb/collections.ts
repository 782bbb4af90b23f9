import type { Gid } from '../../objects/gid.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import { goneRow } from './plan-peers.ts';
import { changeRow, type Planning } from './plan-revisions.ts';
import { longFields } from './revision-rows.ts';
import type { ChangeRow, CollectionRow, RevisionRow, SiteTables } from './site-tables.ts';
import { rowSteps, type Step } from './steps.ts';
import type { Plan, Turn } from './turn.ts';

const parentsAtATime = 500;

/** The collection below a root: the one that is there, or a new one with a change for every object. */
export async function planOpening({ tables }: Planning, turn: Turn, root: Gid): Promise<Plan<CollectionNumber>> {
  const [known] = await tables.rows<CollectionRow>('collection').find({ root });
  if (known?.number !== undefined) return { result: known.number };
  const number = turn.collections + 1;
  const changes = (await allBelow(tables, root)).map(({ seq, gid, op, oe, on = 0, ox }): ChangeRow => {
    const origin = op === undefined ? undefined : { peer: op, epoch: oe ?? '', number: on, isExact: ox === 1 };
    return changeRow({ collection: number, seq, gid, isMember: true }, origin);
  });
  const row: CollectionRow = { _id: String(number), t: turn.number + 1, number, root };
  const steps: readonly Step[] = [...rowSteps('add', 'change', changes), ...rowSteps('put', 'collection', [row])];
  return { result: number, numbers: { collections: number }, steps };
}

/** Forgets a collection and its log range. Its number is not given again. */
export async function planClosing(
  { now }: Planning,
  turn: Turn,
  collection: CollectionNumber,
): Promise<Plan<undefined>> {
  const gone = goneRow(String(collection), turn.number + 1, now);
  const removal: Step = { does: 'remove', table: 'change', field: 'c', value: collection };
  return { result: undefined, steps: [...rowSteps('put', 'collection', [gone]), removal] };
}

async function allBelow(tables: SiteTables, root: Gid): Promise<readonly (RevisionRow & { readonly gid: Gid })[]> {
  const found = new Map<Gid, RevisionRow & { readonly gid: Gid }>();
  let parents: readonly Gid[] = [root];
  while (parents.length > 0) {
    const next: Gid[] = [];
    for (let from = 0; from < parents.length; from += parentsAtATime) {
      const page = parents.slice(from, from + parentsAtATime);
      const rows = await tables
        .rows<RevisionRow>('revision')
        .find({ parent: { $in: page }, newest: 1, state: 'present' }, { without: longFields });
      for (const row of rows) {
        // A cycle in the tree, which should not be, must not become an endless loop.
        if (row.gid === undefined || found.has(row.gid)) continue;
        found.set(row.gid, { ...row, gid: row.gid });
        next.push(row.gid);
      }
    }
    parents = next;
  }
  return [...found.values()];
}
