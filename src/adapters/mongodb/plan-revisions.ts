import type { Gid } from '../../objects/gid.ts';
import { advance } from '../../objects/position.ts';
import { summaryOf } from '../../objects/revision.ts';
import type { Write } from '../../ports/site-store.ts';
import { type Blobs, longestInRow } from './blobs.ts';
import { oneOf } from './one-of.ts';
import { type KeptTexts, longFields, originFields, rowOfDraft } from './revision-rows.ts';
import { changeKey, type ChangeRow, numberKey, type RevisionRow, type SiteTables, unending } from './site-tables.ts';
import { rowSteps, settingSteps, type Step } from './steps.ts';
import type { Turn } from './turn.ts';

/** What planning a turn takes. */
export interface Planning {
  readonly tables: SiteTables;
  readonly blobs: Blobs;
  readonly now: number;
  readonly random: () => string;
  /** Names of what was kept beside rows for this plan: it goes when the plan does not become a turn. */
  readonly kept: string[];
}

/** The log after some writes: where it ends, and the steps that make it so. */
export interface PlannedWrites {
  readonly head: Turn['head'];
  readonly hasShadow: boolean;
  readonly steps: readonly Step[];
}

/** Plans the log's growth: the revisions, in which collections they stand, and that those before them are no longer the newest. */
export async function planRevisions(planning: Planning, turn: Turn, writes: readonly Write[]): Promise<PlannedWrites> {
  const before = await rowsBefore(planning.tables, writes);
  const revisions = new Map<number, RevisionRow>();
  const changes = new Map<string, ChangeRow>();
  const superseded: { readonly _id: string; readonly fields: { readonly newest: 0 } }[] = [];
  const followed: { readonly _id: string; readonly fields: { readonly until: number } }[] = [];
  let head = turn.head;
  for (const { draft, collections } of writes) {
    head = advance(head, summaryOf(draft));
    const { seq } = head;
    const { gid } = draft.version;
    const prev = before.newest.get(gid) ?? 0;
    before.newest.set(gid, seq);
    // Of an object that is written twice in one turn, only the last is the newest.
    const own = revisions.get(prev);
    if (own !== undefined) revisions.set(prev, { ...own, newest: 0 });
    else if (prev > 0) superseded.push({ _id: numberKey(prev), fields: { newest: 0 } });
    // What is short is not awaited: this runs for each object of a sync.
    const kept = isShort(draft) ? { text: draft.version.document } : await keepTexts(planning, draft);
    revisions.set(seq, rowOfDraft(head, draft, { kept, prev }));
    for (const { collection, isMember } of collections) {
      const place = `${String(collection)}/${gid}`;
      const last = before.changes.get(place);
      const ownChange = last === undefined ? undefined : changes.get(last);
      if (last !== undefined && ownChange !== undefined) changes.set(last, { ...ownChange, until: seq });
      else if (last !== undefined) followed.push({ _id: last, fields: { until: seq } });
      const row = changeRow({ collection, seq, gid, isMember }, draft.origin);
      changes.set(row._id, row);
      before.changes.set(place, row._id);
    }
  }
  const steps = [
    ...rowSteps('add', 'revision', [...revisions.values()]),
    ...rowSteps('add', 'change', [...changes.values()]),
    ...settingSteps('revision', superseded),
    ...settingSteps('change', followed),
  ];
  return { head, hasShadow: writes.some(({ draft }) => draft.shadow !== undefined), steps };
}

/** The row of a change that is the last so far. */
export function changeRow(
  change: { readonly collection: number; readonly seq: number; readonly gid: Gid; readonly isMember: boolean },
  origin: Write['draft']['origin'],
): ChangeRow {
  const { collection, seq, gid, isMember } = change;
  const { op, oe, ox } = originFields(origin);
  return {
    ...{ _id: changeKey(collection, seq), c: collection, seq, gid, m: isMember ? 1 : 0, until: unending },
    ...(op === undefined || oe === undefined || ox === undefined ? {} : { op, oe, ox }),
  };
}

interface Before {
  readonly newest: Map<Gid, number>;
  /** The keys of the last changes, by collection and object. */
  readonly changes: Map<string, string>;
}

async function rowsBefore(tables: SiteTables, writes: readonly Write[]): Promise<Before> {
  const gids = [...new Set(writes.filter(({ isFirst }) => isFirst !== true).map(({ draft }) => draft.version.gid))];
  if (gids.length === 0) return { newest: new Map(), changes: new Map() };
  const isInCollections = writes.some(({ collections }) => collections.length > 0);
  const [revisions, changes] = await Promise.all([
    tables
      .rows<RevisionRow>('revision')
      .find({ gid: oneOf(gids), newest: 1 }, { without: [...longFields, 'parent', 'hash', 'epoch'] }),
    isInCollections ? tables.rows<ChangeRow>('change').find({ gid: oneOf(gids), until: unending }) : [],
  ]);
  return {
    newest: new Map(revisions.flatMap(({ gid, seq }) => (gid === undefined ? [] : [[gid, seq]]))),
    changes: new Map(changes.map(({ _id, c, gid }) => [`${String(c)}/${gid}`, _id])),
  };
}

function isShort({ version, shadow }: Write['draft']): boolean {
  return shadow === undefined && version.document.length <= longestInRow;
}

async function keepTexts(planning: Planning, { version, shadow }: Write['draft']): Promise<KeptTexts> {
  const text = version.document;
  return {
    ...(text.length > longestInRow ? { blob: await keepText(planning, text) } : { text }),
    ...(shadow === undefined
      ? {}
      : shadow.length > longestInRow
        ? { shadowBlob: await keepText(planning, shadow) }
        : { shadow }),
  };
}

/** Keeps a long text beside the rows, and returns its name. */
export async function keepText({ blobs, random, now, kept }: Planning, text: string): Promise<string> {
  const name = await blobs.keepText(text, random(), now);
  kept.push(name);
  return name;
}
