import type { Installation } from '../../ports/installation.ts';
import type { SiteContext } from '../site-context.ts';
import { dayMs } from './collect-garbage.ts';

/** Behind what somebody waits for. */
const priority = 10;
const key = 'collect-garbage';

/**
 * Queues, once a day for each site and however many clocks there are, that garbage is collected; not while one that failed waits for a person. The first time a
 * day after the site was first seen. `keepDays` 0: never. Returns whether it was queued.
 */
export async function collectDaily(
  installation: Pick<Installation, 'setting' | 'saveSetting'>,
  { site, queue, clock }: SiteContext,
  keepDays: number,
): Promise<boolean> {
  if (keepDays === 0) return false;
  const name = `collected.${site}`;
  const now = clock.now();
  const last = await installation.setting(name);
  // A clock that was set back begins to count anew.
  if (last === undefined || Number(last) > now) {
    await installation.saveSetting(name, String(now));
    return false;
  }
  if (now - Number(last) < dayMs || (await queue.list({ oneAtATime: key, limit: 1 })).length > 0) return false;
  await queue.add({ work: { name: 'collect-garbage' }, priority, oneAtATime: key, deduplicate: key });
  await installation.saveSetting(name, String(now));
  return true;
}
