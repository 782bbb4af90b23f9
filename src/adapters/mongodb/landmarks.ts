import type { Filter } from './mongo-rows.ts';
import { keyOfTurn } from './turn.ts';

/** Each turn of such a number stays for ever. */
const apart = 1_000;
/** How many turns are kept behind the last. No fewer than landmarks are apart: a turn is forgotten only after the landmark that follows it has come. */
const kept = apart;

/**
 * The first landmark after a turn. As long as it is not there the turn was never forgotten, so that nobody's clock is asked, and no walk through the turns is needed: a turn
 * that is not there has not come.
 */
export function landmarkAfter(turn: number): number {
  return (Math.floor(turn / apart) + 1) * apart;
}

/** The turns that can be forgotten when this is the last. */
export function forgettableAt(turn: number): Filter {
  return { _id: { $lt: keyOfTurn(turn - kept) }, turn: { $not: { $mod: [apart, 0] } } };
}
