import type { Composition } from './compose.ts';
import { engineServices } from './engine.ts';
import { mayBeAlive } from './holder.ts';
import { ConcordError } from '../errors/concord-error.ts';
import { examinePeers } from '../use-cases/administration/examine-peers.ts';
import type { Finding } from '../use-cases/administration/finding.ts';
import { beatingRoles, lastBeat } from '../use-cases/administration/heartbeats.ts';
import type { RepairPlace } from '../use-cases/administration/repair-site.ts';
import type { SiteContext } from '../use-cases/site-context.ts';

const mostAheadMs = 5_000;

/** Looks at what the sites have in common: the queue's server, and whether clock and worker are there. */
export async function examineProcesses(composition: Composition): Promise<readonly Finding[]> {
  return [...(await examineQueue(composition)), ...(await examineBeats(composition))];
}

async function examineQueue({ sharedQueues }: Composition): Promise<readonly Finding[]> {
  const check = 'queue';
  if (sharedQueues === undefined) return [{ check, state: 'fine', text: 'in the store' }];
  try {
    const { version, isDurable, aheadMs } = await sharedQueues.examine();
    return [
      { check, state: 'fine', text: `Redis ${version} answers, and throws nothing away` },
      ...(isDurable
        ? []
        : [
            warning(
              check,
              'Redis keeps no append-only file: set appendonly yes, or jobs queued shortly before a kill are lost',
            ),
          ]),
      ...(Math.abs(aheadMs) <= mostAheadMs
        ? []
        : [warning('clock', `The clock of Redis is ${aheadMs} ms ahead of ours: set both by NTP`)]),
    ];
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    return [{ check, state: 'fault', text: `${error.message}. ${error.remedy} (${error.code})` }];
  }
}

/** Whoever works by commands alone has neither, and nothing is wrong then. */
async function examineBeats({ installation, clock, configuration }: Composition): Promise<readonly Finding[]> {
  const now = clock.now();
  const findings: Finding[] = [];
  for (const role of beatingRoles) {
    const at = await lastBeat(installation, role);
    if (at === undefined) continue;
    const when = new Date(at).toISOString();
    if (at > now + mostAheadMs)
      findings.push(warning('clock', `The ${role} was last heard of ${when}, which is to come: a clock was put back`));
    else if (now - at > configuration.watch.silenceMs)
      findings.push(warning(role, `last heard of ${when}: start it again`));
    else findings.push({ check: role, state: 'fine', text: `last heard of ${when}` });
  }
  return findings;
}

function warning(check: string, text: string): Finding {
  return { check, state: 'warning', text };
}

/** What it takes to mend a site. */
export async function repairPlace({ site, calendar, node }: Composition, id: string): Promise<RepairPlace> {
  return { context: await site(id), calendar, mayBeAlive: (holder) => mayBeAlive(holder, node) };
}

/** Asks the publishers of a site's subscriptions. */
export async function examinePublishers(composition: Composition, context: SiteContext): Promise<readonly Finding[]> {
  const { transport } = composition;
  return examinePeers(context, { services: engineServices(context, composition), transport });
}
