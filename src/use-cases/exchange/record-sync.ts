import type { LogLine } from '../../ports/peer-reader.ts';
import type { Tally } from '../../synchronization/subscription.ts';
import type { SiteContext } from '../site-context.ts';

/** The line that a sync leaves in a site's log when it has ended. */
export function recordSync(
  context: SiteContext,
  subject: string,
  session: { readonly id: string; readonly sent: Tally; readonly received: Tally; readonly startedAt: number },
): LogLine {
  const { sent, received } = session;
  const at = context.clock.now();
  return {
    at,
    kind: 'sync',
    level: 'info',
    subject,
    text: `Synchronised: sent ${tallyText(sent)}; received ${tallyText(received)}`,
    details: { session: session.id, sent, received, durationMs: at - session.startedAt },
  };
}

function tallyText({ created, updated, deleted }: Tally): string {
  if (created + updated + deleted === 0) return 'nothing';
  return `${String(created)} new, ${String(updated)} changed, ${String(deleted)} deleted`;
}
