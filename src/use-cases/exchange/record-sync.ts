import type { LogLine } from '../../ports/peer-reader.ts';
import type { Traffic } from '../../synchronization/subscription.ts';
import type { Tally } from '../../synchronization/tally.ts';
import type { SyncSpan } from './kept-changes.ts';
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
    /** What went over the wire, where this side counts it. */
    readonly traffic?: Traffic;
  };
  /** Where the log holds what it did. */
  readonly span: Omit<SyncSpan, 'sent' | 'received'>;
}

/** The line that a sync leaves in a site's log when it has ended. */
export function recordSync(context: SiteContext, { subject, session, span }: EndedSync): LogLine {
  const { sent, received } = session;
  const at = context.clock.now();
  const moved = { sent: totalOf(sent), received: totalOf(received) };
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
      ...octetsOf(session.traffic),
      ...(moved.sent + moved.received === 0 ? {} : { span: { ...span, ...moved } }),
    },
  };
}

function totalOf({ created, updated, deleted }: Tally): number {
  return created + updated + deleted;
}

function tallyText(tally: Tally): string {
  if (totalOf(tally) === 0) return 'nothing';
  const { created, updated, deleted } = tally;
  return `${String(created)} new, ${String(updated)} changed, ${String(deleted)} deleted`;
}

function octetsOf(traffic: Traffic | undefined): { readonly octets?: Readonly<Record<'sent' | 'received', number>> } {
  return traffic === undefined ? {} : { octets: { sent: traffic.octetsSent, received: traffic.octetsReceived } };
}
