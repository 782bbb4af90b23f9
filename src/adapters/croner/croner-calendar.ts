import { Cron } from 'croner';
import { RequestError } from '../../errors/concord-error.ts';
import type { Calendar } from '../../ports/calendar.ts';

/** Reads schedules with croner, which knows months, weekdays and changes of summer time. */
export class CronerCalendar implements Calendar {
  next(schedule: string, after: number): number | undefined {
    return parse(schedule).nextRun(new Date(after))?.getTime();
  }
}

function parse(schedule: string): Cron {
  try {
    // Paused: nothing is to be run from here, only asked.
    return new Cron(schedule, { paused: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RequestError('CON-R008', `“${schedule}” is not a schedule: ${reason}`, { cause });
  }
}
