/** Reads schedules: five fields as cron has them (such as `0,15,30,45 8-18 * * 1-5`), six with seconds, in the time zone of the machine. */
export interface Calendar {
  /**
   * The first time of the schedule after `after`, in milliseconds since 1970; undefined when there is none.
   * @throws RequestError CON-R008 when the schedule cannot be read
   */
  next(schedule: string, after: number): number | undefined;
}
