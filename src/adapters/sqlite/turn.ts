import type { Position } from '../../objects/position.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** What decisions rest on: the end of the log, and the number that grows with whatever is committed. */
export interface Turn {
  readonly head: Position;
  readonly number: number;
}

/** The end of the log and the turn as committed last, by whichever process. */
export function readTurn(database: SqliteDatabase): Turn {
  const row = database.get<Position & { turn: number }>('SELECT epoch, seq, hash, turn FROM site');
  const { epoch = '', seq = 0, hash = '', turn = 0 } = row ?? {};
  return { head: { epoch, seq, hash }, number: turn };
}
