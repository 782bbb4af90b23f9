import { deletionLimit } from '../../synchronization/brake.ts';
import { removalsOverLimit } from '../exchange/differences.ts';
import { subscriberOutlook } from './subscriber-outlook.ts';
import type { Turn } from './turn.ts';

/** Deletions of the own package that wait for permission. */
export interface BrakedDeletions {
  readonly deletions: number;
  readonly limit: number;
}

/** How many deletions the own package has, and how many go without permission, when they are more (engine.md §8). */
export async function brakedDeletions(turn: Turn): Promise<BrakedDeletions | undefined> {
  const { context, services, subscription, session, query } = turn;
  if (session.kind !== 'changes') return undefined;
  const outlook = subscriberOutlook(context, subscription, { session, query });
  const { allowedDeletions: allowed } = session;
  const deletions = await removalsOverLimit(outlook, { allowed, brake: services.brake });
  if (deletions === 0) return undefined;
  const { collection, from, upTo } = outlook;
  const remaining = await context.store.countChanges({ collection, after: 0, upTo }, 'present');
  const gone = await context.store.countChanges({ collection, after: from, upTo }, 'gone');
  return { deletions, limit: deletionLimit(remaining + gone, allowed, services.brake) };
}
