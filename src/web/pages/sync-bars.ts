import type { ListedLogLine } from '../../ports/peer-reader.ts';
import { sizeText } from './amount-text.ts';
import type { Translate } from './text-catalogue.ts';

/** What one sync sent and received: heights in hundredths of the highest. */
export interface SyncBar {
  readonly at: number;
  readonly subject: string;
  readonly sent: string;
  readonly received: string;
  readonly x: number;
  readonly sentHeight: number;
  readonly receivedHeight: number;
}

const barWidth = 10;

/** A bar for each of the lines that says how many octets there were, the oldest first. */
export function syncBarsOf(lines: readonly ListedLogLine[], t: Translate): readonly SyncBar[] {
  const counted = lines.flatMap(({ at, subject, details: { octets } }) =>
    isCounted(octets) ? [{ at, subject, ...octets }] : [],
  );
  const most = Math.max(1, ...counted.map(({ sent, received }) => sent + received));
  const height = (octets: number): number => Math.round((100 * octets) / most);
  return counted.reverse().map(({ at, subject, sent, received }, place) => ({
    at,
    subject,
    sent: sizeText(t, sent),
    received: sizeText(t, received),
    x: place * barWidth,
    sentHeight: height(sent),
    receivedHeight: height(received),
  }));
}

/** Lines may have been written by another version. */
function isCounted(octets: unknown): octets is { readonly sent: number; readonly received: number } {
  if (typeof octets !== 'object' || octets === null || !('sent' in octets) || !('received' in octets)) return false;
  return typeof octets.sent === 'number' && typeof octets.received === 'number';
}
