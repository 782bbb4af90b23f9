/** How many deletions one sync may carry without asking (engine.md §8): the larger of a number of objects and a share of the collection. */
export interface BrakeSettings {
  readonly objects: number;
  readonly percent: number;
}

/** The larger of 20 objects and 10 %. */
export const defaultBrake: BrakeSettings = { objects: 20, percent: 10 };

/** The limit for a collection of `members` objects; permission for more raises it. */
export function deletionLimit(members: number, allowed: number, settings: BrakeSettings = defaultBrake): number {
  return Math.max(settings.objects, Math.floor((members * settings.percent) / 100), allowed);
}
