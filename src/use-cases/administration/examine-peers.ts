import { ConcordError } from '../../errors/concord-error.ts';
import { isCarried } from '../../synchronization/carried.ts';
import type { Transport } from '../../ports/transport.ts';
import { askPreview } from '../subscriber/ask-preview.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { SiteContext } from '../site-context.ts';
import type { Finding } from './finding.ts';

const mostApartMs = 60_000;

/**
 * Asks the publisher of each subscription whether it answers, and takes the account; and looks how far its clock is from ours. Nothing is changed at either side. Where
 * messages are carried nobody can be asked.
 */
export async function examinePeers(
  context: SiteContext,
  control: { readonly services: EngineServices; readonly transport: Transport },
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const subscription of await context.store.subscriptions()) {
    const { id, publicationUrl } = subscription;
    if (isCarried(publicationUrl)) continue;
    let aheadMs: number | undefined;
    const transport = noting(control.transport, (date) => {
      aheadMs = date - context.clock.now();
    });
    try {
      await askPreview({ context, subscription, control: { ...control, transport } }, { kind: 'comparison' });
      findings.push({ check: 'peer', state: 'fine', text: `the publisher of ${id} answers, and takes its account` });
    } catch (error) {
      if (!(error instanceof ConcordError)) throw error;
      findings.push({
        check: 'peer',
        state: 'fault',
        text: `${id}: ${error.message}. ${error.remedy} (${error.code})`,
      });
    }
    findings.push(...clockFinding(id, aheadMs));
  }
  return findings;
}

/** To the second: an answer says no more, and took its time. */
function clockFinding(id: string, aheadMs: number | undefined): readonly Finding[] {
  if (aheadMs === undefined || Math.abs(aheadMs) <= mostApartMs) return [];
  const apart = `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;
  const text = `The clock of the publisher of ${id} is ${apart}. Times in histories, and the policy NEWER, go by clocks: set both by NTP`;
  return [{ check: 'clock', state: 'warning', text }];
}

function noting(transport: Transport, onDate: (date: number) => void): Transport {
  return {
    schemes: transport.schemes,
    deliver: async (message, signal) => {
      const delivery = await transport.deliver(message, signal);
      if (delivery.outcome === 'answered' && delivery.date !== undefined) onDate(delivery.date);
      return delivery;
    },
  };
}
