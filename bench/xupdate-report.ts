import type { Growth } from './measure-growth.ts';
import type { XmlMeasured } from './measure-xml.ts';
import type { Peer, PeerMeasured } from './python-peers.ts';

const mostParse = 1.6;
const mostApply = 4;
const mostMerge = 4;
const mostGrowth = 12;
const mostDiff: Readonly<Record<string, number>> = { flat10000_noid: 5, flat2000_noid: 5 };
// Where the peer has no better figure, or none at all that could be reached.
const mostOctets: Readonly<Record<string, number>> = { flat10000_noid: 40_000, 'the real edits': 3_500_000 };

/** Comparing: time and size beside the peers, and what is wanted. */
export function pairTable(measured: ReadonlyMap<string, XmlMeasured>, peers: ReadonlyMap<string, Peer>): string {
  const rows = [...measured].map(([name, own]) => {
    const erp5diff = resultOf(peers.get('erp5diff'), name);
    const xmldiff = resultOf(peers.get('xmldiff'), name);
    const most = mostDiff[name] ?? 4;
    const octets = mostOctets[name] ?? erp5diff?.octets;
    const reached = [
      own.diff <= most * own.reading,
      octets === undefined || own.deltaOctets <= octets,
      own.right === own.pairs,
    ];
    return [
      name,
      time(own.reading),
      `${time(own.diff)} = ${ratio(own.diff, own.reading)}`,
      count(own.deltaOctets),
      `${count(own.right)} of ${count(own.pairs)}`,
      peerCell(erp5diff),
      peerCell(xmldiff),
      `≤ ${most} ×${octets === undefined ? '' : `, ≤ ${count(octets)} B`}`,
      yesOrNo(reached.every(Boolean)),
    ];
  });
  const head = ['parse both + diff + write', 'reading', 'Concord', 'octets', 'right'];
  return table([...head, title('erp5diff', peers), title('xmldiff', peers), 'wanted', ''], rows);
}

/** Parsing, applying and merging, against reading. */
export function ratioTable(measured: ReadonlyMap<string, XmlMeasured>): string {
  const rows = [...measured].map(([name, own]) => [
    name,
    `${time(own.reading)}, ${time(own.readingWithNamespaces)}`,
    `${time(own.parse)} = ${ratio(own.parse, own.reading)}`,
    `${time(own.apply)} = ${ratio(own.apply, own.applyReading)}`,
    `${time(own.merge)} = ${ratio(own.merge, own.mergeReading)}`,
    yesOrNo(
      own.parse <= mostParse * own.reading &&
        own.apply <= mostApply * own.applyReading &&
        own.merge <= mostMerge * own.mergeReading,
    ),
  ]);
  const wanted = [`parse, ≤ ${mostParse} ×`, `apply, ≤ ${mostApply} ×`, `merge, ≤ ${mostMerge} ×`];
  return table(['against reading', 'reading without, with namespaces', ...wanted, ''], rows);
}

/** How the time grows with ten times the records. */
export function growthTable(growths: readonly Growth[]): string {
  const rows = growths.map((growth) => {
    const { change, hasIds, small, large } = growth;
    const factors = factorsOf(growth);
    return [
      `${change}, ${hasIds ? 'with ids' : 'without ids'}`,
      ...grown.map((what) => `${time(small[what])} → ${time(large[what])}, ${factors[what].toFixed(1)} ×`),
      count(large.deltaOctets),
      yesOrNo(Object.values(factors).every((factor) => factor <= mostGrowth) && large.right === large.pairs),
    ];
  });
  return table(['1,000 → 10,000 records, ≤ 12 ×', ...grown, 'octets', ''], rows);
}

/** How many of the factors are more than wanted, and the largest. */
export function overGrown(growths: readonly Growth[]): string {
  const factors = growths.flatMap((growth) => Object.values(factorsOf(growth)));
  const over = factors.filter((factor) => factor > mostGrowth);
  return `${String(over.length)} of ${String(factors.length)} over ${String(mostGrowth)} ×, the largest ${Math.max(...factors).toFixed(1)} ×`;
}

const grown = ['diff', 'apply', 'merge'] as const;

function factorsOf({ small, large }: Growth): Readonly<Record<(typeof grown)[number], number>> {
  return { diff: large.diff / small.diff, apply: large.apply / small.apply, merge: large.merge / small.merge };
}

function resultOf(peer: Peer | undefined, set: string): PeerMeasured | undefined {
  return peer?.state === 'ready' ? peer.sets.get(set) : undefined;
}

function title(name: string, peers: ReadonlyMap<string, Peer>): string {
  const peer = peers.get(name);
  return peer?.state === 'ready' ? `${name} ${peer.version}` : name;
}

function peerCell(measured: PeerMeasured | undefined): string {
  if (measured === undefined) return 'skipped';
  const { ms, octets, right, rightDeferred } = measured;
  const judged = right === undefined ? '' : `, ${count(right)} right (${count(rightDeferred ?? 0)} with removals last)`;
  return `${time(ms)}, ${count(octets)} B${judged}`;
}

function time(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 100 ? `${ms.toFixed(0)} ms` : `${ms.toPrecision(3)} ms`;
}

function ratio(ms: number, reading: number): string {
  return `${(ms / reading).toFixed(2)} ×`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function yesOrNo(isReached: boolean): string {
  return isReached ? 'yes' : '**no**';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
