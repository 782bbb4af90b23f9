import { setTimeout } from 'node:timers/promises';
import { RequestError, StoreError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import { advance, type Position } from '../../objects/position.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { ActivityQueue } from '../../ports/activity-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import { collectByPages } from '../../ports/garbage-page.ts';
import type { Identifiers } from '../../ports/identifiers.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { SiteNotes } from '../../ports/site-notes.ts';
import type { Batch, Decision, SiteStore } from '../../ports/site-store.ts';
import type { CollectionNumber, Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { planGarbage, sweep } from './collect-garbage.ts';
import { planClosing, planOpening } from './collections.ts';
import { MongoPeerReader } from './mongo-peer-reader.ts';
import { MongoSiteNotes } from './mongo-site-notes.ts';
import { handOverLeft, handOverTurn, type Outbox } from './outbox.ts';
import { firstLineAfter, lineRow, peerFields, peerRecord, planPeers } from './plan-peers.ts';
import { planRemoval } from './plan-removal.ts';
import { type Planning, planRevisions } from './plan-revisions.ts';
import { epochRow } from './revision-rows.ts';
import { SiteJournal } from './site-journal.ts';
import { type LogLineRow, numberKey, type PeerRow, type RecordRow, type SiteTables } from './site-tables.ts';
import { rowSteps } from './steps.ts';
import type { Plan, Turn } from './turn.ts';

const maxTries = 20;
const pauseMs = 5;

/** What a store takes from outside. */
export interface StoreSurroundings {
  readonly identifiers: Identifiers;
  readonly clock: Clock;
}

/** What a site's store is made of. */
export interface SiteParts extends StoreSurroundings {
  readonly tables: SiteTables;
  /** Where activities go that were committed. */
  readonly queue: ActivityQueue;
  /** How long a commit of another process may be half-written before it is finished here. */
  readonly patienceMs: number;
}

/**
 * A site in a MongoDB database. Any number of processes may have it open. A decision is checked against all that others have committed meanwhile, and is made
 * again when there was anything.
 */
export class MongoSiteStore extends MongoPeerReader implements SiteStore {
  readonly site: string;
  readonly notes: SiteNotes;
  readonly #parts: SiteParts;
  #last: Promise<unknown> = Promise.resolve();
  #nextLine = 0;

  private constructor(site: string, parts: SiteParts) {
    const now = (): number => parts.clock.now();
    const settings = { patienceMs: parts.patienceMs, now, random: () => parts.identifiers.random() };
    super(parts.tables, new SiteJournal(parts.tables, settings));
    this.site = site;
    this.notes = new MongoSiteNotes(parts.tables);
    this.#parts = parts;
  }

  /** Opens the site; one that is new begins its first epoch. */
  static async open(site: string, parts: SiteParts): Promise<MongoSiteStore> {
    const store = new MongoSiteStore(site, parts);
    await store.journal.begin(parts.identifiers.random());
    return store;
  }

  get statistics(): { readonly rowsRead: number; readonly rowsWritten: number } {
    return this.tables.statistics;
  }

  async update<Result>(decide: (head: Position) => Promise<Decision<Result>>): Promise<Result> {
    return this.#inOrder(async () => {
      const { result, turn } = await this.#commit<Decision<Result>>(async (before, planning) => {
        const decision = await decide(before.head);
        return isEmpty(decision.batch)
          ? { result: decision }
          : { result: decision, ...(await planBatch(planning, before, decision.batch)) };
      });
      const activities = result.batch.activities ?? [];
      if (turn !== undefined && activities.length > 0) await handOverTurn(this.#outbox, turn, activities);
      return result.result;
    });
  }

  async openCollection(root: Gid): Promise<CollectionNumber> {
    return this.#change(async (turn, planning) => planOpening(planning, turn, root));
  }

  async closeCollection(collection: CollectionNumber): Promise<void> {
    await this.#change(async (turn, planning) => planClosing(planning, turn, collection));
  }

  async savePublication(publication: Publication): Promise<void> {
    await this.#change(async ({ number }) => {
      const row: RecordRow = { _id: publication.id, t: number + 1, record: JSON.stringify(publication) };
      return { result: undefined, steps: rowSteps('put', 'publication', [row]) };
    });
  }

  async removePublication(id: string): Promise<void> {
    await this.#change(async (turn, planning) => {
      const peers = await this.peersWith({ kind: 'subscriber', publication: id });
      return planRemoval(planning, turn, { peers, publication: id });
    });
  }

  async addSubscription(subscription: Omit<Subscription, 'peer' | 'version'>): Promise<Subscription> {
    const named = { kind: 'subscription', publication: '', name: subscription.id } as const;
    return { ...subscription, ...(await this.#addPeer(named, subscription)) };
  }

  async removeSubscription(id: string): Promise<void> {
    await this.#removePeers({ kind: 'subscription', publication: '', name: id });
  }

  async addSubscriber(subscriber: Omit<Subscriber, 'peer' | 'version'>): Promise<Subscriber> {
    const named = { kind: 'subscriber', publication: subscriber.publication, name: subscriber.url } as const;
    return { ...subscriber, ...(await this.#addPeer(named, subscriber)) };
  }

  async removeSubscriber(peer: PeerNumber): Promise<void> {
    await this.#removePeers({ kind: 'subscriber', number: peer });
  }

  async startEpoch(): Promise<Position> {
    return this.#change(async ({ head }) => {
      const epoch = this.#parts.identifiers.random();
      const position = advance({ ...head, epoch }, JSON.stringify(['epoch']));
      return {
        result: position,
        numbers: { head: position },
        steps: rowSteps('add', 'revision', [epochRow(position)]),
      };
    });
  }

  async record(line: LogLine): Promise<void> {
    const table = this.tables.rows<LogLineRow>('logLine');
    const { number } = await this.journal.settled();
    for (let next = Math.max(firstLineAfter(number), this.#nextLine); ; next++) {
      this.#nextLine = next + 1;
      if (await table.claim(lineRow(line, next))) return;
    }
  }

  async collectGarbage(oldest: number, keep: ReadonlySet<number>): Promise<number> {
    await sweep(this.tables, this.#parts.clock.now());
    this.readAhead.clear();
    return collectByPages({ oldest, keep }, async (page) =>
      this.#change(async (turn, planning) => planGarbage(planning, turn, page)),
    );
  }

  /** Queues what was committed by a process that was killed before it could queue it. */
  async handOverActivities(): Promise<void> {
    await handOverLeft(this.#outbox, this.#parts.clock.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inOrder(async () => undefined);
  }

  get #outbox(): Outbox {
    return { tables: this.tables, queue: this.#parts.queue };
  }

  async #addPeer(
    named: Required<Pick<PeerRow, 'kind' | 'publication' | 'name'>>,
    peer: Omit<Subscription, 'peer' | 'version'> | Omit<Subscriber, 'peer' | 'version'>,
  ): Promise<{ readonly peer: PeerNumber; readonly version: number }> {
    const version = 1;
    return this.#change(async (turn) => {
      if ((await this.peersWith(named)).length > 0)
        throw new RequestError('CON-R006', `There is a ${named.kind} “${named.name}” already`);
      const peers = turn.peers + 1;
      const t = turn.number + 1;
      const kept = { version, record: peerRecord(peer), ...peerFields(peer) };
      const row: PeerRow = { _id: numberKey(peers), t, number: peers, ...named, ...kept };
      return { result: { peer: peers, version }, numbers: { peers }, steps: rowSteps('put', 'peer', [row]) };
    });
  }

  async #removePeers(named: Partial<PeerRow>): Promise<void> {
    await this.#change(async (turn, planning) =>
      planRemoval(planning, turn, { peers: await this.peersWith({ ...named }) }),
    );
  }

  /** Changes what decisions may rest on: not while one is being made here, and so that one made elsewhere sees it. */
  async #change<Result>(plan: (turn: Turn, planning: Planning) => Promise<Plan<Result>>): Promise<Result> {
    return this.#inOrder(async () => (await this.#commit(plan)).result);
  }

  async #commit<Result>(
    plan: (turn: Turn, planning: Planning) => Promise<Plan<Result>>,
  ): Promise<{ readonly result: Result; readonly turn: number | undefined }> {
    const { clock, identifiers, tables } = this.#parts;
    for (let tries = 0; tries < maxTries; tries++) {
      if (tries > 0) await setTimeout(pauseMs * Math.random() * tries);
      const turn = await this.journal.settled();
      const kept: string[] = [];
      const random = (): string => identifiers.random();
      const planning: Planning = { tables, blobs: this.blobs, now: clock.now(), random, kept };
      const done = await this.#tryOnce(turn, planning, plan);
      if (done !== undefined) return done;
      await this.blobs.drop(kept);
    }
    const details = { retry: 'later', site: this.site } as const;
    throw new StoreError('CON-D005', `Others wrote to site ${this.site} first, ${maxTries} times`, details);
  }

  /** Undefined when somebody else was faster. */
  async #tryOnce<Result>(
    turn: Turn,
    planning: Planning,
    plan: (turn: Turn, planning: Planning) => Promise<Plan<Result>>,
  ): Promise<{ readonly result: Result; readonly turn: number | undefined } | undefined> {
    const planned = await this.journal
      .deciding(
        turn,
        async () => plan(turn, planning),
        ({ steps }) => steps !== undefined,
      )
      .catch(async (error: unknown) => {
        await this.blobs.drop(planning.kept);
        throw error;
      });
    if (planned === undefined) return undefined;
    const { result, steps, numbers = {}, replaced = [] } = planned;
    if (steps === undefined) return { result, turn: undefined };
    if (!(await this.journal.commit(turn, { ...numbersOf(turn), ...numbers, steps }))) return undefined;
    await this.blobs.drop(replaced);
    return { result, turn: turn.number + 1 };
  }

  /** One after the other. */
  async #inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const own = this.#last.then(work, work);
    this.#last = own.catch(() => undefined);
    return own;
  }
}

async function planBatch(planning: Planning, turn: Turn, batch: Batch): Promise<Omit<Plan<undefined>, 'result'>> {
  const { head, hasShadow, steps } = await planRevisions(planning, turn, batch.writes ?? []);
  const peers = await planPeers(planning, turn, batch);
  return {
    steps: [...steps, ...peers.steps],
    numbers: { head, listed: peers.listed, shadows: hasShadow ? 1 : turn.shadows },
    replaced: peers.replaced,
  };
}

function numbersOf({ head, listed, peers, collections, shadows }: Turn): Omit<Turn, 'number'> {
  return { head, listed, peers, collections, shadows };
}

function isEmpty(batch: Batch): boolean {
  return Object.values(batch).every((part: readonly unknown[] | undefined) => part === undefined || part.length === 0);
}
