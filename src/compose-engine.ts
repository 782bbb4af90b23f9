import { createHash } from 'node:crypto';
import { mayBeAlive } from './compose-holder.ts';
import type { Configuration } from './configuration/configuration.ts';
import { queryNamed } from './objects/query.ts';
import type { Installation } from './ports/installation.ts';
import type { Transport } from './ports/transport.ts';
import type { XPathEvaluator } from './ports/xpath-evaluator.ts';
import { actorNamed, authenticate } from './use-cases/administration/access.ts';
import type { EngineServices } from './use-cases/exchange/engine-services.ts';
import { freeLease } from './use-cases/subscriber/free-lease.ts';
import type { SyncPlan } from './use-cases/subscriber/preview-sync.ts';
import { previewSync } from './use-cases/subscriber/preview-sync.ts';
import type { SyncReport } from './use-cases/subscriber/run-sync.ts';
import { runSync } from './use-cases/subscriber/run-sync.ts';
import type { SyncControl, SyncOptions } from './use-cases/subscriber/running-sync.ts';
import { resumeSchedule } from './use-cases/administration/schedule.ts';
import type { SiteContext } from './use-cases/site-context.ts';

/** What the engine works with at any site. */
export interface EngineParts {
  readonly installation: Pick<Installation, 'id'>;
  readonly configuration: Configuration;
  readonly xpath: XPathEvaluator;
  readonly transport: Transport;
  /** Tells this process from the others of the installation. */
  readonly node: string;
}

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
  const { node, transport } = parts;
  await freeLease(context, id, (holder) => mayBeAlive(holder, node));
  // A name for this sync alone: two of one process exclude each other like two processes.
  const holder = `${node}/${context.identifiers.random()}`;
  const request = { id, options: { ...options, holder } };
  const services = engineServices(context, parts);
  const report = await runSync(context, request, { ...control, services, transport });
  if (report.outcome === 'done') await resumeSchedule(context, id);
  return report;
}

/** Says what `synchronize` would do, and does nothing. Throws as `previewSync` does. */
export function planSync(
  { context, parts }: { readonly context: SiteContext; readonly parts: EngineParts },
  id: string,
  signal: AbortSignal,
): Promise<SyncPlan> {
  const { transport } = parts;
  return previewSync(context, id, { services: engineServices(context, parts), transport, signal });
}

/** What the engine works with at one site. */
export function engineServices(
  context: SiteContext,
  { configuration, installation, xpath }: Pick<EngineParts, 'configuration' | 'installation' | 'xpath'>,
): EngineServices {
  const { deletionBrake, messageOctets } = configuration.sync;
  return {
    identity: createHash('sha256').update(`${installation.id} ${context.site}`).digest('base64url').slice(0, 22),
    authenticate: (name, password) => authenticate(context, name, password),
    actorNamed: (name) => actorNamed(context, name),
    query: (text) => queryNamed(text, xpath),
    brake: deletionBrake,
    maxMessageOctets: messageOctets,
  };
}
