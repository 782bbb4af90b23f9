import { goneRow } from './plan-peers.ts';
import type { Planning } from './plan-revisions.ts';
import { numberKey, type PeerRow, type PieceRow, type SiteTable, type TurnRow } from './site-tables.ts';
import { rowSteps, type Step } from './steps.ts';
import type { Plan, Turn } from './turn.ts';

/** What goes: peers with all that is known of them, and a publication. */
export interface Removed {
  readonly peers: readonly PeerRow[];
  readonly publication?: string;
}

/** Plans that peers go, with their exceptions, conflicts and pieces. Their numbers are not given again. */
export async function planRemoval(planning: Planning, turn: Turn, removed: Removed): Promise<Plan<undefined>> {
  const { tables, now } = planning;
  const t = turn.number + 1;
  const steps: Step[] = [];
  const replaced: string[] = [];
  for (const { number = 0, message } of removed.peers) {
    steps.push(...rowSteps('put', 'peer', [goneRow(numberKey(number), t, now)]));
    if (message !== undefined) replaced.push(message);
    const tablesOfPeers: readonly SiteTable[] = ['exception', 'conflict', 'piece'];
    for (const table of tablesOfPeers) {
      const rows = await tables.rows<TurnRow & PieceRow>(table).find({ peer: number }, { without: ['record', 'text'] });
      for (const { blob } of rows) if (blob !== undefined) replaced.push(blob);
      const gone = rows.map(({ _id }) => goneRow(_id, t, now));
      steps.push(...rowSteps('put', table, gone));
    }
  }
  const { publication } = removed;
  if (publication !== undefined) steps.push(...rowSteps('put', 'publication', [goneRow(publication, t, now)]));
  return { result: undefined, steps, replaced };
}
