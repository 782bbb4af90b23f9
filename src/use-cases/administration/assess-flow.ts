import { ConcordError } from '../../errors/concord-error.ts';
import type { Calendar } from '../../ports/calendar.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Installation } from '../../ports/installation.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { SiteContext } from '../site-context.ts';
import type { BeatingRole } from './heartbeats.ts';
import { beatingRoles, lastBeat } from './heartbeats.ts';

/** For how long nothing may happen before that is a fault. */
export interface FlowLimits {
  /** No clock, or no worker, has said that it is there. */
  readonly silenceMs: number;
  /** An activity could run, and does not. */
  readonly overdueActivityMs: number;
  /** A subscription should have been synchronised by its schedule. */
  readonly overdueSyncMs: number;
}

/** Why nothing, or not everything, flows. */
export interface FlowFault {
  readonly check: 'store' | 'queue' | 'clock' | 'worker' | 'activities' | 'schedule';
  /** The site it is about; empty: all. */
  readonly site: string;
  readonly text: string;
  /** The subscription, where it is about one. */
  readonly subscription?: string;
  /** For how long, where that is known. */
  readonly ms?: number;
}

/** Whether what should flow flows. `unable`: not even the store answers. */
export interface Flow {
  readonly state: 'flowing' | 'stalled' | 'unable';
  readonly faults: readonly FlowFault[];
}

/** What it takes to look. */
export interface FlowPlace {
  readonly installation: Pick<Installation, 'sites' | 'setting'>;
  readonly site: (id: string) => Promise<SiteContext>;
  readonly clock: Clock;
  readonly calendar: Calendar;
  /** When this process began: what was not there before it is not missed at once. */
  readonly startedAt: number;
  readonly limits: FlowLimits;
}

type Look = (fault: Pick<FlowFault, 'check' | 'site'>, find: () => Promise<readonly FlowFault[]>) => Promise<void>;

/** Looks whether clock and worker are there, whether activities are taken when they are due, and whether subscriptions keep to their schedules. Never throws. */
export async function assessFlow(place: FlowPlace): Promise<Flow> {
  const faults: FlowFault[] = [];
  const look: Look = async (fault, find) => {
    try {
      faults.push(...(await find()));
    } catch (error) {
      const text =
        error instanceof ConcordError ? `${error.message}. ${error.remedy} (${error.code})` : 'It does not answer';
      faults.push({ ...fault, text });
    }
  };
  let sites: readonly string[] = [];
  await look({ check: 'store', site: '' }, async () => {
    sites = (await place.installation.sites()).map(({ id }) => id);
    return beatFaults(place);
  });
  for (const id of sites) await lookAtSite(place, id, look);
  return { state: isUnable(faults) ? 'unable' : faults.length > 0 ? 'stalled' : 'flowing', faults };
}

async function beatFaults({ installation, clock, startedAt, limits }: FlowPlace): Promise<readonly FlowFault[]> {
  const faults: FlowFault[] = [];
  const now = clock.now();
  for (const role of beatingRoles) {
    const last = await lastBeat(installation, role);
    const ms = now - Math.max(last ?? 0, startedAt);
    if (ms > limits.silenceMs) faults.push({ check: role, site: '', ms, text: silenceText(role, last) });
  }
  return faults;
}

function silenceText(role: BeatingRole, last: number | undefined): string {
  const since = last === undefined ? 'has run yet' : `has been heard of since ${new Date(last).toISOString()}`;
  const remedy =
    role === 'clock'
      ? 'what is due is not queued: start a clock process, or call …/portal_activities/distribute'
      : 'activities are not run: start a worker process, or call …/portal_activities/tic';
  return `No ${role} ${since}; ${remedy}`;
}

async function lookAtSite(place: FlowPlace, site: string, look: Look): Promise<void> {
  let context: SiteContext | undefined;
  await look({ check: 'store', site }, async () => {
    const opened = await place.site(site);
    const subscriptions = await opened.store.subscriptions();
    context = opened;
    return subscriptions.flatMap((subscription) => lateSync(place, site, subscription));
  });
  // The queue may be on another server. Where it is in the store, one fault is enough.
  const { queue } = context ?? {};
  if (queue !== undefined) await look({ check: 'queue', site }, () => overdueActivity(place, { site, queue }));
}

async function overdueActivity(
  { limits, clock }: FlowPlace,
  { site, queue }: Pick<SiteContext, 'site' | 'queue'>,
): Promise<readonly FlowFault[]> {
  const [runnable] = await queue.list({ state: 'runnable', limit: 1 });
  const due = [runnable && Math.max(runnable.createdAt, runnable.notBefore), await queue.nextDue()];
  const since = Math.min(...due.filter((time) => time !== undefined));
  const ms = clock.now() - since;
  if (!(ms > limits.overdueActivityMs)) return [];
  const text = `An activity could have run since ${new Date(since).toISOString()}: see concord activities ${site} list`;
  return [{ check: 'activities', site, ms, text }];
}

function lateSync(
  { calendar, clock, startedAt, limits }: FlowPlace,
  site: string,
  { id, schedule, state }: Subscription,
): readonly FlowFault[] {
  if (schedule === '') return [];
  const now = clock.now();
  const due = calendar.next(schedule, state.lastSyncAt ?? startedAt);
  // What was missed while nothing ran is made up for from the start on.
  const ms = now - Math.max(due ?? now, startedAt);
  if (ms <= limits.overdueSyncMs) return [];
  const last = state.lastSyncAt === undefined ? 'never' : `last ${new Date(state.lastSyncAt).toISOString()}`;
  const text = `${id} is behind its schedule ${schedule} (${last}): see concord status ${site} ${id}`;
  return [{ check: 'schedule', site, subscription: id, ms, text }];
}

function isUnable(faults: readonly FlowFault[]): boolean {
  return faults.some(({ check }) => check === 'store');
}
