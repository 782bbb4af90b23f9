/** A place in the line of those who were overtaken, as the site's row keeps it. */
export interface Reservation {
  /** The store that it is of. */
  readonly by: string;
  /** Grows while its store waits, so that others see that it lives. */
  readonly beat: number;
  /** How long others wait for it without seeing it move. */
  readonly patienceMs: number;
}

/** What a site's row says when nobody waits. */
export const nobodyWaits = '[]';

/** The line as the site's row has it. */
export function readReservations(text: string): readonly Reservation[] {
  // Holds: the column is written by `writtenReservations` only.
  return text === nobodyWaits ? [] : (JSON.parse(text) as readonly Reservation[]);
}

/** The line for the site's row. */
export function writtenReservations(reservations: readonly Reservation[]): string {
  return JSON.stringify(reservations);
}

/** Who is served before the store `by`: all, when it stands nowhere. */
export function before(reservations: readonly Reservation[], by: string): readonly Reservation[] {
  const own = reservations.findIndex((each) => each.by === by);
  return own === -1 ? reservations : reservations.slice(0, own);
}

/** The line with this one in the place that it has, or at the end. */
export function withReservation(reservations: readonly Reservation[], own: Reservation): readonly Reservation[] {
  const isThere = reservations.some(({ by }) => by === own.by);
  return isThere ? reservations.map((each) => (each.by === own.by ? own : each)) : [...reservations, own];
}

/** The line without the store `by`. */
export function without(reservations: readonly Reservation[], by: string): readonly Reservation[] {
  return reservations.filter((each) => each.by !== by);
}

/** The line without those that have not moved since they looked like this. */
export function withoutUnmoved(
  reservations: readonly Reservation[],
  seen: readonly Reservation[],
): readonly Reservation[] {
  return reservations.filter(({ by, beat }) => !seen.some((each) => each.by === by && each.beat === beat));
}
