import { createHash } from 'node:crypto';
import { freeMemory } from '../adapters/system/free-memory.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Followed } from './followed.ts';
import { followed } from './followed.ts';
import { mayBeAlive } from './holder.ts';
import { RequestError } from '../errors/concord-error.ts';
import { queryNamed } from '../objects/query.ts';
import { isCarried } from '../synchronization/carried.ts';
import type { Subscription } from '../synchronization/subscription.ts';
import { actorNamed, authenticate } from '../use-cases/administration/access.ts';
import type { Collecting } from '../use-cases/exchange/collect-messages.ts';
import { collectMessages } from '../use-cases/exchange/collect-messages.ts';
import type { EngineServices } from '../use-cases/exchange/engine-services.ts';
import { freeLease } from '../use-cases/subscriber/free-lease.ts';
import type { SyncPlan } from '../use-cases/subscriber/sync-plan.ts';
import type { PreviewRequest } from '../use-cases/subscriber/preview-sync.ts';
import { previewSync } from '../use-cases/subscriber/preview-sync.ts';
import type { SyncReport } from '../use-cases/subscriber/run-sync.ts';
import { runSync } from '../use-cases/subscriber/run-sync.ts';
import type { SyncControl, SyncOptions } from '../use-cases/subscriber/running-sync.ts';
import { resumeSchedule } from '../use-cases/administration/schedule.ts';
import type { SiteContext } from '../use-cases/site-context.ts';

/** Which subscription to synchronise, and how. */
export interface SyncRequest {
  readonly id: string;
  readonly options: Omit<SyncOptions, 'holder'>;
}

/**
 * Synchronises a subscription, wherever it is asked for: a sync that was killed is taken over, and a schedule that had stopped at a failure goes on afterwards.
 * Throws as `runSync` does.
 */
export async function synchronize(
  { context, parts }: { readonly context: SiteContext; readonly parts: EngineParts },
  { id, options }: SyncRequest,
  control: Omit<SyncControl, 'services' | 'transport'>,
): Promise<SyncReport> {
  const measures = parts.observer?.measures;
  try {
    const report = await followed({ context, parts }, (place) => synchronizeFollowed(place, { id, options }, control));
    measures?.sync('done');
    return report;
  } catch (error) {
    measures?.sync('failed');
    throw error;
  }
}

async function synchronizeFollowed(
  { context, parts }: Followed,
  { id, options }: SyncRequest,
  control: Omit<SyncControl, 'services' | 'transport'>,
): Promise<SyncReport> {
  const { node, transport } = parts;
  await freeLease(context, id, (holder) => mayBeAlive(holder, node));
  // A name for this sync alone: two of one process exclude each other like two processes.
  const holder = `${node}/${context.identifiers.random()}`;
  const request = { id, options: { ...options, holder } };
  const subscription = await context.store.subscription(id);
  const isOnItsWay = subscription !== undefined && isCarried(subscription.publicationUrl);
  const services = isOnItsWay ? carriedServices(context, parts) : engineServices(context, parts);
  const collected = isOnItsWay ? await collectFor(context, parts, { subscription, holder, ...control }) : undefined;
  // The answer lay there: what was asked for is done, or the next message is on its way.
  const report = collected ?? (await runSync(context, request, { ...control, services, transport }));
  if (report.outcome === 'done') await resumeSchedule(context, id);
  return report;
}

/** Fetches what lies in the drop folders of a site, and takes it in. Returns how many messages those were. */
export async function collect(context: SiteContext, parts: EngineParts, signal?: AbortSignal): Promise<number> {
  const holder = `${parts.node}/${context.identifiers.random()}`;
  return followed({ context, parts }, async (place) => {
    const reception = receptionOf(place.context, place.parts, { holder, ...(signal !== undefined && { signal }) });
    return (await collectMessages(place.context, reception)).count;
  });
}

async function collectFor(
  context: SiteContext,
  parts: EngineParts,
  on: { readonly subscription: Subscription; readonly holder: string; readonly signal?: AbortSignal },
): Promise<SyncReport | undefined> {
  return (await collectMessages(context, receptionOf(context, parts, on), on.subscription)).report;
}

function receptionOf(
  context: SiteContext,
  parts: EngineParts,
  { holder, signal }: { readonly holder: string; readonly signal?: AbortSignal },
): Collecting {
  const { transport, messageBox: box, configuration } = parts;
  const services = carriedServices(context, parts);
  const maxOctets = 2 * configuration.sync.packageOctets;
  return { services, transport, holder, box, maxOctets, ...(signal !== undefined && { signal }) };
}

/** Says what `synchronize` would do, and does nothing. Throws as `previewSync` does; and CON-R008 where messages are carried. */
export async function planSync(
  { context, parts }: { readonly context: SiteContext; readonly parts: EngineParts },
  request: PreviewRequest,
  signal: AbortSignal,
): Promise<SyncPlan> {
  const { transport } = parts;
  const subscription = await context.store.subscription(request.id);
  if (subscription !== undefined && isCarried(subscription.publicationUrl))
    throw new RequestError('CON-R008', 'A preview needs a publisher that answers at once, not one by mail or folder');
  return previewSync(context, request, { services: engineServices(context, parts), transport, signal });
}

/** What the engine works with at one site. */
export function engineServices(
  context: SiteContext,
  {
    configuration,
    installation,
    xpath,
    onSession,
  }: Pick<EngineParts, 'configuration' | 'installation' | 'xpath' | 'onSession'>,
): EngineServices {
  const { deletionBrake, messageOctets, leaseMs } = configuration.sync;
  return {
    identity: createHash('sha256').update(`${installation.id} ${context.site}`).digest('base64url').slice(0, 22),
    authenticate: (name, password) => authenticate(context, name, password),
    actorNamed: (name) => actorNamed(context, name),
    query: (text) => queryNamed(text, xpath),
    brake: deletionBrake,
    maxMessageOctets: messageOctets,
    leaseMs,
    ...(onSession !== undefined && { onSession }),
  };
}

/** As `engineServices`, where messages are carried: each takes long, so they are large. */
export function carriedServices(
  context: SiteContext,
  parts: Pick<EngineParts, 'configuration' | 'installation' | 'xpath' | 'onSession'>,
): EngineServices {
  const { packageOctets, answerPauseMs, longestAnswerPauseMs } = parts.configuration.sync;
  const patience = { firstMs: answerPauseMs, longestMs: Math.max(answerPauseMs, longestAnswerPauseMs) };
  return { ...engineServices(context, parts), maxMessageOctets: packageOctets, patience, freeMemory };
}
