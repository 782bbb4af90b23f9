/** What has happened to objects. */
type Happened = Readonly<Record<'created' | 'updated' | 'deleted', number>>;

/** Counts for the progress bar and the log. */
export interface Tally extends Happened {
  readonly expected: number;
}

/** Nothing yet. */
export const emptyTally: Tally = { created: 0, updated: 0, deleted: 0, expected: 0 };

/** With what has happened since; what is expected stays. */
export function addTally(tally: Tally, since: Happened): Tally {
  return {
    ...tally,
    created: tally.created + since.created,
    updated: tally.updated + since.updated,
    deleted: tally.deleted + since.deleted,
  };
}
