import { z } from 'zod';
import type { EngineParts } from './engine-parts.ts';
import { openSource } from './files.ts';
import { synchronizeWatched } from './watched-sync.ts';
import { ConcordError, RequestError } from '../errors/concord-error.ts';
import { parsePath } from '../objects/path.ts';
import type { ActivityHandlers } from '../use-cases/administration/activity-handlers.ts';
import { collectGarbage } from '../use-cases/administration/collect-garbage.ts';
import { deliverStored } from '../use-cases/exchange/receive-message.ts';
import { importObjects } from '../use-cases/transfer/import-objects.ts';
import type { Actor } from '../use-cases/site-context.ts';

const actor: Actor = { name: 'activities', roles: ['Manager'] };

// Payloads come back from the store, where an older version may have written them.
const syncOptions = z.object({
  slow: z.boolean().exactOptional(),
  restart: z.boolean().exactOptional(),
  refreshFrom: z.enum(['publisher', 'subscriber']).exactOptional(),
  allowDeletions: z.number().exactOptional(),
  plan: z.string().exactOptional(),
  isPatient: z.boolean().exactOptional(),
});

/** Who does which deferred work. */
export function activityHandlers(parts: EngineParts): ActivityHandlers {
  return {
    synchronize: async (context, { subscription: id, options }, signal) => {
      const request = { id, options: syncOptions.parse(options) };
      try {
        await synchronizeWatched({ context, parts }, request, { signal });
      } catch (error) {
        // Somebody wanted it so: nothing is to be tried again, and nothing has failed.
        if (!(error instanceof ConcordError && error.code === 'CON-E009')) throw error;
      }
    },
    'deliver-answer': async (context, stored, signal) => {
      await deliverStored(context, stored, { transport: parts.transport, signal });
    },
    import: async (context, { path, file }) => {
      const source = await openSource([file]);
      const { failed } = await importObjects(context, actor, { path: parsePath(path), source });
      const [first] = failed;
      if (first !== undefined) throw new RequestError(first.code, `${first.where}: ${first.message}`);
    },
    'collect-garbage': async (context) => {
      const { keepDays } = parts.configuration.history;
      // It may have been queued before nothing was to be collected any more.
      if (keepDays > 0) await collectGarbage(context, { keepDays });
    },
  };
}
