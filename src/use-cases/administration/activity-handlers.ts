import type { ActivityWork } from '../../activities/activity.ts';
import type { SiteContext } from '../site-context.ts';

/** Does the work of one kind. It may be called twice for the same activity, and stops soon when the signal is aborted. */
export type Handler<Work extends ActivityWork> = (
  context: SiteContext,
  work: Work,
  signal: AbortSignal,
) => Promise<void>;

/** Who does which work, by its name: one handler for each kind. */
export type ActivityHandlers = {
  readonly [Name in ActivityWork['name']]: Handler<Extract<ActivityWork, { readonly name: Name }>>;
};

/** Hands the work to its handler. */
export function perform(
  handlers: ActivityHandlers,
  {
    context,
    work,
    signal,
  }: { readonly context: SiteContext; readonly work: ActivityWork; readonly signal: AbortSignal },
): Promise<void> {
  switch (work.name) {
    case 'synchronize':
      return handlers.synchronize(context, work, signal);
    case 'deliver-answer':
      return handlers['deliver-answer'](context, work, signal);
    case 'import':
      return handlers.import(context, work, signal);
    case 'collect-garbage':
      return handlers['collect-garbage'](context, work, signal);
    default:
      return work satisfies never;
  }
}
