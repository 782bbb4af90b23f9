import type { Gid } from '../../src/objects/gid.ts';
import type { PeerNumber } from '../../src/objects/revision.ts';
import type { Field } from '../../src/objects/edit.ts';
import type {
  ConflictFilter,
  ListedConflict,
  ListedLogLine,
  LogFilter,
  PeerReader,
  SubscriberFilter,
} from '../../src/ports/peer-reader.ts';
import type { Exception } from '../../src/synchronization/exception.ts';
import type { Publication } from '../../src/synchronization/publication.ts';
import type { Subscriber } from '../../src/synchronization/subscriber.ts';
import { knownUpTo } from '../../src/synchronization/known-up-to.ts';
import type { Subscription } from '../../src/synchronization/subscription.ts';
import { MemoryObjectReader } from './memory-object-reader.ts';

interface ExceptionOptions {
  readonly gids?: readonly Gid[];
  readonly after?: string;
  readonly limit?: number;
  readonly reason?: Exception['reason'];
}

const everything = Number.MAX_SAFE_INTEGER;

/** Reads peers, conflicts and the log of synchronisations of a site that is in memory. */
export class MemoryPeerReader extends MemoryObjectReader implements PeerReader {
  async publications(): Promise<readonly Publication[]> {
    return [...this.data.publications.values()].sort((a, b) => compare(a.id, b.id));
  }

  async publication(id: string): Promise<Publication | undefined> {
    return this.data.publications.get(id);
  }

  async subscriptions(): Promise<readonly Subscription[]> {
    const rows = [...this.data.peers.values()].flatMap(({ kind, row }) => (kind === 'subscription' ? [row] : []));
    return rows.sort((a, b) => compare(a.id, b.id));
  }

  async subscription(id: string): Promise<Subscription | undefined> {
    return (await this.subscriptions()).find((row) => row.id === id);
  }

  async subscribers(publication: string): Promise<readonly Subscriber[]> {
    const rows = [...this.data.peers.values()].flatMap(({ kind, row }) => (kind === 'subscriber' ? [row] : []));
    return rows.filter((row) => row.publication === publication).sort((a, b) => compare(a.url, b.url));
  }

  async subscribersBehind(
    publication: string,
    limit: number,
    after?: Pick<Subscriber, 'state' | 'peer'>,
  ): Promise<readonly Subscriber[]> {
    const order = (a: Pick<Subscriber, 'state' | 'peer'>, b: Pick<Subscriber, 'state' | 'peer'>): number =>
      knownUpTo(a.state) - knownUpTo(b.state) || a.peer - b.peer;
    const rows = [...(await this.subscribers(publication))].sort(order);
    return rows.filter((row) => after === undefined || order(row, after) > 0).slice(0, limit);
  }

  async countSubscribers(publication: string, filter: SubscriberFilter = {}): Promise<number> {
    const { knowingLessThan = Number.POSITIVE_INFINITY, isInSession = false } = filter;
    const { account } = filter;
    const rows = (await this.subscribers(publication)).filter(
      (row) => knownUpTo(row.state) < knowingLessThan && (account === undefined || row.account === account),
    );
    return isInSession ? rows.filter(({ state }) => state.session !== undefined).length : rows.length;
  }

  async subscriber(publication: string, url: string): Promise<Subscriber | undefined> {
    return (await this.subscribers(publication)).find((row) => row.url === url);
  }

  async message(peer: PeerNumber): Promise<Uint8Array | undefined> {
    return this.data.messages.get(peer);
  }

  async pieces(peer: PeerNumber): Promise<readonly string[]> {
    return this.data.pieces.get(peer) ?? [];
  }

  async exceptions(peer: PeerNumber, options: ExceptionOptions = {}): Promise<ReadonlyMap<Gid, Exception>> {
    const { gids, reason, after = '', limit = everything } = options;
    const wanted = gids && new Set(gids);
    const found = [...this.exceptionsOf(peer)].filter(
      ([gid, exception]) =>
        gid > after && (wanted?.has(gid) ?? true) && (reason === undefined || exception.reason === reason),
    );
    const page = found.sort(([a], [b]) => compare(a, b)).slice(0, limit);
    this.rowsRead += page.length;
    return new Map(page);
  }

  async countExceptions(peer: PeerNumber, reasons?: readonly Exception['reason'][]): Promise<number> {
    const known = [...this.exceptionsOf(peer).values()];
    return known.filter(({ reason }) => reasons?.includes(reason) ?? true).length;
  }

  async conflicts(filter: ConflictFilter = {}): Promise<readonly ListedConflict[]> {
    const found = [...this.data.conflicts.values()].filter((conflict) => this.#matches(conflict, filter));
    const page = found.slice(0, filter.limit ?? everything);
    this.rowsRead += page.length;
    return page;
  }

  async conflict(id: string): Promise<ListedConflict | undefined> {
    return this.data.conflicts.get(id);
  }

  async countConflicts(filter: ConflictFilter = {}): Promise<number> {
    return (await this.conflicts(filter)).length;
  }

  async conflictFields(limit: number): Promise<readonly Field[]> {
    const open = [...this.data.conflicts.values()].filter(({ state }) => state === 'open');
    return [...new Set(open.map(({ field }) => field))].sort(compare).slice(0, limit);
  }

  async log(options: LogFilter = {}): Promise<readonly ListedLogLine[]> {
    const { limit = everything, subject, kinds, before = everything } = options;
    const lines = this.data.log.filter(
      (line) =>
        (subject === undefined || line.subject === subject) &&
        (kinds?.includes(line.kind) ?? true) &&
        line.number < before,
    );
    const page = lines.reverse().slice(0, limit);
    this.rowsRead += page.length;
    return page.map((line) => ({ ...line, details: withoutChanges(line.details) }));
  }

  async logLine(number: number): Promise<ListedLogLine | undefined> {
    return this.data.log.find((line) => line.number === number);
  }

  #matches(conflict: ListedConflict, filter: ConflictFilter): boolean {
    const { listedAfter = 0, openedFrom = 0, openedBefore = everything, peers, below } = filter;
    if (conflict.listedAt <= listedAfter || conflict.openedAt < openedFrom || conflict.openedAt >= openedBefore)
      return false;
    if (peers !== undefined && !peers.includes(conflict.peer)) return false;
    if (below !== undefined && !this.isAtOrBelow(conflict.gid, below)) return false;
    return (['state', 'role', 'peer', 'gid', 'field'] as const).every(
      (part) => filter[part] === undefined || filter[part] === conflict[part],
    );
  }

  protected exceptionsOf(peer: PeerNumber): Map<Gid, Exception> {
    let known = this.data.exceptions.get(peer);
    if (known === undefined) {
      known = new Map();
      this.data.exceptions.set(peer, known);
    }
    return known;
  }
}

function withoutChanges(details: ListedLogLine['details']): ListedLogLine['details'] {
  return Object.fromEntries(Object.entries(details).filter(([name]) => name !== 'span'));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
