import { cpus, totalmem } from 'node:os';
import type { ConcordRun } from './measure-concord.ts';
import type { Scale, SmallCost } from './measure-scale.ts';
import { median } from './median.ts';
import type { PouchRun } from './pouchdb-peer.ts';

/** One line of the table: what was measured, what the peer took, what is wanted, and whether it is reached. */
export interface ReportRow {
  readonly what: string;
  readonly concord: string;
  readonly peer: string;
  readonly wanted: string;
  /** Undefined where there is nothing to compare with. */
  readonly isReached: boolean | undefined;
}

/** All that was measured. */
export interface Measured {
  readonly documents: number;
  readonly concord: readonly ConcordRun[];
  readonly pouchdb: readonly PouchRun[];
  readonly scale: Scale | undefined;
}

/** Where it was measured. */
export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} × ${first?.model ?? 'unknown processor'}, ${memory} GB, ${process.platform}, Node ${process.version}`;
}

/** The table, medians of all runs. */
export function reportRows({ documents, concord, pouchdb, scale }: Measured): readonly ReportRow[] {
  const ours = (part: keyof ConcordRun, figure: 'ms' | 'octets' | 'requests'): number =>
    median(concord.map((run) => run[part][figure]));
  const theirs = (figure: keyof PouchRun): number | undefined =>
    pouchdb.length === 0 ? undefined : median(pouchdb.map((run) => run[figure]));
  const inMs = (figure: keyof PouchRun): number | undefined => scaled(theirs(figure), 1000);
  const rows = [
    firstSync('first sync, publisher → subscriber', documents / (ours('firstDown', 'ms') / 1000), {
      peer: rate(documents, theirs('a2_pull_s')),
    }),
    firstSync('first sync, subscriber → publisher', documents / (ours('firstUp', 'ms') / 1000), {
      peer: rate(documents, theirs('a_push_s')),
    }),
    time('10 changes up', ours('tenUp', 'ms'), inMs('b_incr10_push_s')),
    octets('10 changes up', ours('tenUp', 'octets'), { peer: theirs('b_bytes'), most: 6000 }),
    time('10 changes down', ours('tenDown', 'ms'), inMs('b_incr10_pull_s')),
    octets('10 changes down', ours('tenDown', 'octets'), { peer: undefined, most: 6000 }),
    time('nothing changed', ours('nothing', 'ms'), inMs('c_nochange_sync_s')),
    octets('nothing changed', ours('nothing', 'octets'), { peer: theirs('c_sync_bytes'), most: 2000 }),
    requests('nothing changed', ours('nothing', 'requests'), theirs('c_sync_requests')),
    time('1 % changed on both sides', ours('both', 'ms'), inMs('d_twoway_s')),
    octets('1 % changed on both sides', ours('both', 'octets'), { peer: theirs('d_bytes'), most: 60_000 }),
  ];
  return scale === undefined ? rows : [...rows, ...scaleRows(scale)];
}

/** The rows as a table in Markdown. */
export function tableOf(rows: readonly ReportRow[]): string {
  const cells = [
    ['', 'Concord', 'PouchDB', 'wanted', ''],
    ...rows.map(({ what, concord, peer, wanted, isReached }) => [
      what,
      concord,
      peer,
      wanted,
      isReached === undefined ? '' : isReached ? 'yes' : '**no**',
    ]),
  ];
  return markdownTable(cells);
}

/** Cells as a table in Markdown, the first row its head. */
export function markdownTable(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]?.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const lineOf = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [lineOf(head), rule, ...body.map(lineOf)].join('\n');
}

function firstSync(what: string, perSecond: number, { peer }: { readonly peer: number | undefined }): ReportRow {
  return {
    what,
    concord: `${Math.round(perSecond).toLocaleString('en')} documents/s`,
    peer: peer === undefined ? '–' : `${Math.round(peer).toLocaleString('en')} documents/s`,
    wanted: peer === undefined ? '3 × PouchDB' : `≥ ${Math.round(3 * peer).toLocaleString('en')}`,
    isReached: peer === undefined ? undefined : perSecond >= 3 * peer,
  };
}

function time(what: string, ms: number, peer: number | undefined): ReportRow {
  const wanted = peer === undefined ? 'PouchDB’s time' : `≤ ${peer.toFixed(1)} ms`;
  const isReached = peer === undefined ? undefined : ms <= peer;
  return { what: `${what}: time`, concord: `${ms.toFixed(1)} ms`, peer: shown(peer, 'ms'), wanted, isReached };
}

function octets(
  what: string,
  ours: number,
  { peer, most }: { readonly peer: number | undefined; readonly most: number },
): ReportRow {
  const wanted = `≤ ${most / 1000} kB`;
  const kilobytes = `${(ours / 1000).toFixed(2)} kB`;
  return {
    what: `${what}: both ways with headers`,
    concord: kilobytes,
    peer: shown(scaled(peer, 1 / 1000), 'kB'),
    wanted,
    isReached: ours <= most,
  };
}

function requests(what: string, ours: number, peer: number | undefined): ReportRow {
  const shownPeer = peer === undefined ? '–' : String(peer);
  return { what: `${what}: requests`, concord: String(ours), peer: shownPeer, wanted: '1', isReached: ours === 1 };
}

function scaleRows(scale: Scale): readonly ReportRow[] {
  const { large, small, peakMegabytes, rowsAtRest, firstSync: first } = scale;
  const size = large.toLocaleString('en');
  const peak = Math.max(peakMegabytes.publisher, peakMegabytes.subscriber);
  return [
    ...ratios(
      `nothing changed, ${size} ÷ ${small.toLocaleString('en')} objects`,
      scale.nothing.large,
      scale.nothing.small,
    ),
    ...ratios(`10 changes, ${size} ÷ ${small.toLocaleString('en')} objects`, scale.ten.large, scale.ten.small),
    ...ratios(`nothing changed, after ${size} edits elsewhere`, scale.nothing.afterOutsideEdits, scale.nothing.large),
    ...ratios(`10 changes, after ${size} edits elsewhere`, scale.ten.afterOutsideEdits, scale.ten.large),
    {
      what: `first sync of ${size}: memory of publisher, subscriber`,
      concord: `${Math.round(peakMegabytes.publisher)} MB, ${Math.round(peakMegabytes.subscriber)} MB`,
      peer: '–',
      wanted: '< 300 MB',
      isReached: peak < 300,
    },
    {
      what: `first sync of ${size}`,
      concord: `${Math.round(large / (first.ms / 1000)).toLocaleString('en')} documents/s`,
      peer: '–',
      wanted: '',
      isReached: undefined,
    },
    {
      what: 'rows about a subscriber at rest',
      concord: String(rowsAtRest),
      peer: '–',
      wanted: '1',
      isReached: rowsAtRest === 1,
    },
  ];
}

function ratios(what: string, large: SmallCost, small: SmallCost): readonly ReportRow[] {
  const row = (name: string, figure: keyof SmallCost, digits: number): ReportRow => ({
    what: `${what}: ${name}`,
    concord: `${small[figure].toFixed(digits)} → ${large[figure].toFixed(digits)}`,
    peer: '–',
    wanted: '≤ 1.1 ×',
    isReached: large[figure] <= 1.1 * small[figure],
  });
  return [row('rows read', 'rowsRead', 0), row('octets', 'octets', 0), row('CPU of both, ms', 'cpuMs', 2)];
}

function rate(documents: number, seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : documents / seconds;
}

function scaled(figure: number | undefined, by: number): number | undefined {
  return figure === undefined ? undefined : figure * by;
}

function shown(figure: number | undefined, unit: string): string {
  return figure === undefined ? '–' : `${figure.toFixed(1)} ${unit}`;
}
