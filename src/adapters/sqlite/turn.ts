import type { Position } from '../../objects/position.ts';
import { nobodyWaits, readReservations, type Reservation } from './reservation.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** What decisions rest on: the end of the log, and the number that grows with whatever is committed. And who waits to commit, in order. */
export interface Turn {
  readonly head: Position;
  readonly number: number;
  readonly reserved: readonly Reservation[];
}

/** The end of the log and the turn as committed last, by whichever process. */
export function readTurn(database: SqliteDatabase): Turn {
  const row = database.get<Position & { turn: number; reserved: string }>(
    'SELECT epoch, seq, hash, turn, reserved FROM site',
  );
  const { epoch = '', seq = 0, hash = '', turn = 0, reserved = nobodyWaits } = row ?? {};
  return { head: { epoch, seq, hash }, number: turn, reserved: readReservations(reserved) };
}
