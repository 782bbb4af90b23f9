import type { BusyHub } from './measure-busy-hub.ts';
import type { Spread } from './measure-load.ts';
import { few, type QuietHub } from './measure-quiet-hub.ts';

/** A line of the table; what is not wanted of anything is empty. */
export type HubRow = readonly [what: string, measured: string, wanted: string, isReached: string];

/** What a quiet hub was measured to take. */
export function quietRows(
  { atFew, atMany, rowsAtRest, octetsAtRest, latency, fan }: QuietHub,
  subscribers: number,
): readonly HubRow[] {
  return [
    row('one quiet sync at the hub: CPU', `${atMany.cpuMs.toFixed(3)} ms`, ['≤ 1 ms', atMany.cpuMs <= 1]),
    row(`${few} → ${subscribers} subscribers: CPU`, `${atFew.cpuMs.toFixed(3)} → ${atMany.cpuMs.toFixed(3)} ms`, [
      '≤ 1.1 ×',
      atMany.cpuMs <= 1.1 * atFew.cpuMs,
    ]),
    row(
      `${few} → ${subscribers} subscribers: rows read`,
      `${atFew.rowsRead.toFixed(1)} → ${atMany.rowsRead.toFixed(1)}`,
      ['≤ 1.1 ×', atMany.rowsRead <= 1.1 * atFew.rowsRead],
    ),
    row(
      `at half of saturation, ${Math.round(latency.perSecond)} quiet syncs/s: p50, p99`,
      `${latency.p50Ms.toFixed(1)} ms, ${latency.p99Ms.toFixed(1)} ms`,
      ['p99 ≤ 10 × p50', latency.p99Ms <= 10 * latency.p50Ms],
    ),
    row(
      `${fan.changes} changes to ${fan.subscribers} subscribers: CPU`,
      `${fan.allCpuMs.toFixed(0)} ms; one ${fan.oneCpuMs.toFixed(2)} ms`,
      [`≤ 1.3 × ${fan.subscribers} × one`, fan.allCpuMs <= 1.3 * fan.subscribers * fan.oneCpuMs],
    ),
    row(
      'the same: peak of memory, before and after',
      `${fan.peakMegabytes.before.toFixed(0)} → ${fan.peakMegabytes.after.toFixed(0)} MB`,
      ['≤ 1.1 ×', fan.peakMegabytes.after <= 1.1 * fan.peakMegabytes.before],
    ),
    row('store per quiet subscriber: rows', rowsAtRest.toFixed(2), ['1', rowsAtRest <= 1]),
    row('store per quiet subscriber: octets', octetsAtRest.toFixed(0), ['≤ 1,000', octetsAtRest <= 1_000]),
  ];
}

/** What a busy hub was measured to do. */
export function busyRows(name: string, hub: BusyHub): readonly HubRow[] {
  const { half, most, used, imports, reports } = hub;
  const syncs = half.quiet.count + half.real.count;
  const cpuMs = used.reduce((sum, each) => sum + each.cpuMs, 0);
  const processes = used.map(
    (each) => `${each.role} ${each.cpuMs.toFixed(0)} ms, ${each.residentMegabytes.toFixed(0)} MB`,
  );
  const failed = most.failed + half.failed;
  const first = most.firstFailure ?? half.firstFailure;
  return [
    row(`${name}: syncs a second, saturated and then`, `${most.perSecond.toFixed(0)}, ${half.perSecond.toFixed(0)}`),
    row(`${name}: quiet syncs (simulated), ${half.quiet.count}: p50, p99`, shownOf(half.quiet), spreadOf(half.quiet)),
    row(`${name}: real sessions, ${half.real.count}: p50, p99`, shownOf(half.real), spreadOf(half.real)),
    row(`${name}: CPU of all processes for a sync, imports included`, `${(cpuMs / syncs).toFixed(2)} ms`),
    row(`${name}: CPU and memory by role`, processes.join('; ')),
    row(`${name}: syncs that failed`, first === undefined ? '0' : `${failed}, the first: ${first}`, [
      '0',
      failed === 0,
    ]),
    row(
      `${name}: imports of 10 objects, queued, not done, failed`,
      `${imports.queued}, ${imports.left}, ${imports.failed}`,
      ['all done', imports.left + imports.failed === 0],
    ),
    row(
      `${name}: reports written, brought, and at the hub`,
      `${reports.written}, ${reports.brought}, ${reports.there}`,
      ['none lost or twice', reports.there >= reports.brought && reports.there <= reports.written],
    ),
    row(`${name}: real subscribers that hold what the hub holds`, `${hub.agreeing} of ${hub.asked}`, [
      'all',
      hub.agreeing === hub.asked,
    ]),
  ];
}

function row(what: string, measured: string, wanted?: readonly [text: string, isReached: boolean]): HubRow {
  return wanted === undefined ? [what, measured, '', ''] : [what, measured, wanted[0], wanted[1] ? 'yes' : '**no**'];
}

function shownOf({ p50Ms, p99Ms }: Spread): string {
  return `${p50Ms.toFixed(1)} ms, ${p99Ms.toFixed(1)} ms`;
}

function spreadOf({ p50Ms, p99Ms }: Spread): readonly [string, boolean] {
  return ['p99 ≤ 10 × p50', p99Ms <= 10 * p50Ms];
}
