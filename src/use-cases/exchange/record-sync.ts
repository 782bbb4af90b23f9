import type { LogLine } from '../../ports/peer-reader.ts';
import type { Tally } from '../../synchronization/subscription.ts';
import type { KeptChanges } from './kept-changes.ts';
import type { SiteContext } from '../site-context.ts';

/** A sync that has ended. */
export interface EndedSync {
  /** The publication or subscription. */
  readonly subject: string;
  readonly session: {
    readonly id: string;
    readonly sent: Tally;
    readonly received: Tally;
    readonly startedAt: number;
  };
  readonly changes: KeptChanges | undefined;
}

/** The line that a sync leaves in a site's log when it has ended. */
export function recordSync(context: SiteContext, { subject, session, changes }: EndedSync): LogLine {
  const { sent, received } = session;
  const at = context.clock.now();
  return {
    at,
    kind: 'sync',
    level: 'info',
    subject,
    text: `Synchronised: sent ${tallyText(sent)}; received ${tallyText(received)}`,
    details: {
      session: session.id,
      sent,
      received,
      durationMs: at - session.startedAt,
      ...(changes === undefined ? {} : { changes }),
    },
  };
}

function tallyText({ created, updated, deleted }: Tally): string {
  if (created + updated + deleted === 0) return 'nothing';
  return `${String(created)} new, ${String(updated)} changed, ${String(deleted)} deleted`;
}
