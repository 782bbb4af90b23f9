import { isLeased } from '../../synchronization/lease.ts';
import type { SiteContext } from '../site-context.ts';

/** How it stands with following a publication. `stopped`: no process does it. */
export type FollowState =
  | { readonly state: 'connected'; readonly since: number }
  | { readonly state: 'reconnecting'; readonly since: number; readonly code: string; readonly message: string }
  | { readonly state: 'stopped' };

/** Who follows, until when, and how it stands; kept with the installation, for all processes to see. */
export interface FollowNote {
  readonly holder: string;
  readonly until: number;
  readonly told: FollowState;
}

/** Whoever follows and is not heard of for so long has its place taken. */
export const followLeaseMs = 30_000;

const nameOf = ({ site }: SiteContext, id: string): string => `follow.${site}/${id}`;

/** How it stands now; `stopped` where nobody holds it. */
export async function followState(context: SiteContext, id: string): Promise<FollowState> {
  const note = await readFollowNote(context, id);
  return note !== undefined && isLeased(note, context.clock.now(), followLeaseMs) ? note.told : { state: 'stopped' };
}

/** What was noted last; undefined when nothing was. */
export async function readFollowNote(context: SiteContext, id: string): Promise<FollowNote | undefined> {
  const text = await context.settings?.setting(nameOf(context, id));
  // Holds: only `saveFollowNote` writes it.
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as FollowNote);
}

/** Notes it in place of what was noted before; undefined: nothing is known any more. */
export async function saveFollowNote(context: SiteContext, id: string, note: FollowNote | undefined): Promise<void> {
  await context.settings?.saveSetting(nameOf(context, id), note === undefined ? '' : JSON.stringify(note));
}
