import type { SyncReport } from '../../src/use-cases/subscriber/run-sync.ts';
import type { Tally } from '../../src/synchronization/tally.ts';
import { cardOf } from './card.ts';
import { Broken } from './faulty-network.ts';
import { exceptionsOf } from './invariants.ts';
import { cheapSync, comparisonRule } from './observed-rules.ts';
import type { SimulatedSite } from './site.ts';
import type { Link, World } from './world.ts';

/** Objects that nobody touches have names that people do not give. */
const quiet = 'quiet-';
const crowd = 120;

/** A first publisher with many objects that nobody touches: what is read must not grow with them. */
export async function fillWithQuiet(site: SimulatedSite): Promise<void> {
  for (let at = 0; at < crowd; at += 1)
    await site.put(`${site.collection.path}/${quiet}${String(at)}`, cardOf({ title: `q${String(at)}.` }));
}

/** Whether it is one of those that nobody touches. */
export function isQuiet(path: string): boolean {
  return path.includes(`/${quiet}`);
}

/** Counts of both sides of a subscription. */
export interface Counted {
  readonly read: number;
  readonly written: number;
  readonly comparisons: number;
}

/** What they have read and written, and how often they were compared, until now. */
export function countedAt({ occurrences }: World, { publisher, subscriber }: Link): Counted {
  const [above, below] = [publisher.disk.statistics, subscriber.disk.statistics];
  return {
    read: above.rowsRead + below.rowsRead,
    written: above.rowsWritten + below.rowsWritten,
    comparisons: occurrences.of(comparisonRule),
  };
}

/** A sync while nobody does anything else, and the counts before it. */
interface CountedSync {
  readonly before: Counted;
  readonly report: SyncReport;
}

/**
 * A sync reads and asks as much as it changes or keeps back, whatever else is there (engine.md §3); one that compares both sides reads both.
 * @throws Broken
 */
export async function checkCost(world: World, link: Link, { before, report }: CountedSync): Promise<void> {
  const after = countedAt(world, link);
  if (after.comparisons > before.comparisons) return;
  const { sent, received, traffic, conflicts } = report;
  const [above, below] = await exceptionsOf(link);
  const exceptions = (above?.size ?? 0) + (below?.size ?? 0);
  const changes = looked(sent) + looked(received) + exceptions + conflicts + after.written - before.written;
  const { requests, octetsSent, octetsReceived } = traffic;
  const full = Math.floor((octetsSent + octetsReceived) / world.plan.features.maxMessageOctets);
  const cost = { read: after.read - before.read, changes, requests, full };
  if (!isWithin(cost)) throw new Broken(`a sync costs more than it changes: ${JSON.stringify(cost)}`);
  if (world.plan.features.crowd) world.occurrences.count(cheapSync);
}

/** What a sync has cost: in rows, in requests, and how many messages it has filled. */
export interface Cost {
  readonly read: number;
  readonly changes: number;
  readonly requests: number;
  readonly full: number;
}

// Each side looks at what it may send in pages, whether all of it fits or not.
const aheadOfFull = 100;

/** Whether requests and rows stay within a constant times the changes: so small a one that a sync of few changes cannot read all of a crowd unseen. */
export function isWithin({ read, changes, requests, full }: Cost): boolean {
  return read <= 20 + 8 * (changes + requests) + aheadOfFull * full && requests <= 5 + 4 * full;
}

/** What was sent, or had changed since both last agreed: what went in a sync that was broken off is looked at once more, and need not go again. */
function looked(tally: Tally): number {
  return Math.max(totalOf(tally), tally.expected);
}

function totalOf({ created, updated, deleted }: Tally): number {
  return created + updated + deleted;
}
