import { InvariantError } from './errors/concord-error.ts';
import type { ActivityHandlers } from './use-cases/activity-handlers.ts';
import { collectGarbage } from './use-cases/collect-garbage.ts';
import { resumeSchedule } from './use-cases/schedule.ts';

/** Who does which deferred work. */
export function activityHandlers(): ActivityHandlers {
  return {
    synchronize: async (context, work) => {
      await resumeSchedule(context, work.subscription);
      throw new InvariantError('CON-I001', 'A sync is not composed yet');
    },
    import: async () => {
      throw new InvariantError('CON-I001', 'An import is not composed yet');
    },
    'collect-garbage': async (context) => {
      await collectGarbage(context);
    },
  };
}
