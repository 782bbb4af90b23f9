import type { ActivityCount } from '../../ports/site-notes.ts';

/** An hour of the chart: heights in hundredths of the highest. */
export interface HourBar {
  readonly hour: number;
  readonly done: number;
  readonly retried: number;
  readonly failed: number;
  readonly x: number;
  readonly doneHeight: number;
  readonly badHeight: number;
}

/** How many hours the chart has. */
export const hoursShown = 24;
const hourMs = 3_600_000;
const barWidth = 10;

/** One bar for each hour, those without anything too. */
export function barsOf(counts: readonly ActivityCount[], now: number): readonly HourBar[] {
  const latest = now - (now % hourMs);
  const hours = Array.from({ length: hoursShown }, (_, at) => latest - (hoursShown - 1 - at) * hourMs);
  const sumOf = (hour: number, outcome: ActivityCount['outcome']): number =>
    counts.filter((each) => each.hour === hour && each.outcome === outcome).reduce((sum, { count }) => sum + count, 0);
  const bars = hours.map((hour) => ({
    hour,
    done: sumOf(hour, 'done'),
    retried: sumOf(hour, 'retried'),
    failed: sumOf(hour, 'failed'),
  }));
  const most = Math.max(1, ...bars.map(({ done, retried, failed }) => done + retried + failed));
  const height = (count: number): number => Math.round((100 * count) / most);
  return bars.map((bar, at) => ({
    ...bar,
    x: at * barWidth,
    doneHeight: height(bar.done),
    badHeight: height(bar.retried + bar.failed),
  }));
}
