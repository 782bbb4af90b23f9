import { RequestError, StoreError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { Boots } from '../../ports/boots.ts';
import type { Clock } from '../../ports/clock.ts';
import { collectByPages } from '../../ports/garbage-page.ts';
import type { Identifiers } from '../../ports/identifiers.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { SiteNotes } from '../../ports/site-notes.ts';
import type { Batch, Decision, SiteStore } from '../../ports/site-store.ts';
import type { CollectionNumber, Publication } from '../../synchronization/publication.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import { collectGarbagePage } from './collect-garbage.ts';
import { closeCollection, openCollection } from './collections.ts';
import { isTaken } from './driver-errors.ts';
import { forgetMark, OpenMark } from './open-mark.ts';
import { keptRecord, type PeerWithoutNumbers } from './peer-rows.ts';
import { siteMigrations } from './site-schema.ts';
import { type DatabaseOptions, SqliteDatabase } from './sqlite-database.ts';
import type { Turn } from './turn.ts';
import { readTurn } from './turn.ts';
import { SqliteSiteNotes } from './sqlite-site-notes.ts';
import { SqlitePeerReader } from './sqlite-peer-reader.ts';
import { TurnLine } from './turn-line.ts';
import { Turns } from './turns.ts';
import { writeActivity } from './write-activity.ts';
import { writeLogLine, writePeers } from './write-peers.ts';
import { writeEpoch, writeRevisions } from './write-revisions.ts';

const maxTries = 20;

/** What a store takes from outside. */
export interface StoreSurroundings {
  readonly identifiers: Identifiers;
  readonly clock: Clock;
  /** Left out where no power cut is to be noticed: for a copy that nobody works on, or in memory. */
  readonly boots?: Boots | undefined;
}

/** Opens the file of a site; `:memory:` for one that lasts as long as the connection. The store, the queue and the accounts of a site share one connection. */
export function openSiteDatabase(file: string, options?: DatabaseOptions): SqliteDatabase {
  return new SqliteDatabase(file, siteMigrations, options);
}

/**
 * A site in one SQLite file. Several processes, and several stores of one process, may have the file open. A decision is checked against all that others have
 * committed meanwhile, peers and collections included, and is made again when there was anything.
 */
export class SqliteSiteStore extends SqlitePeerReader implements SiteStore {
  readonly site: string;
  readonly notes: SiteNotes;
  readonly #surroundings: StoreSurroundings;
  readonly #turns = new Turns();
  readonly #line: TurnLine;

  /** Takes the database over: it is closed with the store. A file that is new becomes this site's, with a first epoch. */
  constructor(database: SqliteDatabase, site: string, surroundings: StoreSurroundings) {
    super(database);
    this.site = site;
    this.notes = new SqliteSiteNotes(database);
    this.#surroundings = surroundings;
    this.#line = new TurnLine(database, surroundings.clock);
    const { boots } = surroundings;
    if (boots !== undefined && database.file !== ':memory:')
      new OpenMark(database, { boots, startEpoch: () => this.#writeEpoch() }).keep();
    if (database.get('SELECT 1 FROM site') !== undefined) return;
    database.write(() => {
      database.run(
        "INSERT INTO site (only, id, epoch, seq, hash, turn) VALUES (1, ?, ?, 0, '', 0) ON CONFLICT DO NOTHING",
        site,
        surroundings.identifiers.random(),
      );
    });
  }

  get statistics(): { readonly rowsRead: number; readonly rowsWritten: number } {
    return this.database.statistics;
  }

  async update<Result>(decide: (head: Position) => Promise<Decision<Result>>): Promise<Result> {
    return this.#takeTurn(async () => this.#decide(decide));
  }

  async openCollection(root: Gid): Promise<CollectionNumber> {
    return this.#change(() => openCollection(this.database, root));
  }

  async closeCollection(collection: CollectionNumber): Promise<void> {
    await this.#change(() => closeCollection(this.database, collection));
  }

  async savePublication(publication: Publication): Promise<void> {
    await this.#change(() =>
      this.database.run(
        'INSERT INTO publication (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record',
        publication.id,
        JSON.stringify(publication),
      ),
    );
  }

  async removePublication(id: string): Promise<void> {
    await this.#change(() => {
      // Exceptions and conflicts go with their peer.
      this.database.run("DELETE FROM peer WHERE kind = 'subscriber' AND publication = ?", id);
      this.database.run('DELETE FROM publication WHERE id = ?', id);
    });
  }

  async addSubscription(subscription: Omit<Subscription, 'peer' | 'version'>): Promise<Subscription> {
    const numbers = await this.#addPeer('subscription', '', subscription.id, subscription);
    return { ...subscription, ...numbers };
  }

  async removeSubscription(id: string): Promise<void> {
    await this.#change(() =>
      this.database.run("DELETE FROM peer WHERE kind = 'subscription' AND publication = '' AND name = ?", id),
    );
  }

  async addSubscriber(subscriber: Omit<Subscriber, 'peer' | 'version'>): Promise<Subscriber> {
    const numbers = await this.#addPeer('subscriber', subscriber.publication, subscriber.url, subscriber);
    return { ...subscriber, ...numbers };
  }

  async removeSubscriber(peer: PeerNumber): Promise<void> {
    await this.#change(() => this.database.run("DELETE FROM peer WHERE kind = 'subscriber' AND number = ?", peer));
  }

  async startEpoch(): Promise<Position> {
    return this.#turns.take(async () =>
      this.database.writeThrough(() => {
        // What stands in a file that came from elsewhere is of nobody here.
        if (this.#surroundings.boots === undefined) forgetMark(this.database);
        return this.#writeEpoch();
      }),
    );
  }

  async record(line: LogLine): Promise<void> {
    writeLogLine(this.database, line);
  }

  async collectGarbage(oldest: number, keep: ReadonlySet<number>): Promise<number> {
    return collectByPages({ oldest, keep }, async (page) =>
      this.#change(() => collectGarbagePage(this.database, page)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.take(async () => {
      this.#line.close();
      this.database.close();
    });
  }

  async #decide<Result>(decide: (head: Position) => Promise<Decision<Result>>): Promise<Result> {
    for (let tries = 0; tries < maxTries; tries++) {
      const turn = await this.#line.reach();
      const began = performance.now();
      const { batch, result } = await decide(turn.head);
      this.#line.noteTook(performance.now() - began);
      if (isEmpty(batch) || this.#commit(turn, batch)) return result;
    }
    throw new StoreError('CON-D005', `Others wrote to site ${this.site} first, ${maxTries} times`, {
      retry: 'later',
      site: this.site,
    });
  }

  /** False, and nothing of the batch is written, when others have written since the turn that was decided on, or are to be served first. */
  #commit(turn: Turn, batch: Batch): boolean {
    const work = (): void => {
      const writes = batch.writes ?? [];
      if (writes.length > 0) this.#moveHead(writeRevisions(this.database, turn.head, writes));
      writePeers(this.database, batch);
      const at = this.#surroundings.clock.now();
      for (const activity of batch.activities ?? []) writeActivity(this.database, activity, at);
    };
    return this.#line.serve(work, { since: turn, isWanted: this.#turns.isWanted }) !== undefined;
  }

  /** Changes what decisions may rest on: not while one is being made here, and so that one made elsewhere sees it. */
  async #change<Result>(work: () => Result): Promise<Result> {
    return this.#takeTurn(async () => {
      for (;;) {
        const served = this.#line.serve(work, { isWanted: this.#turns.isWanted });
        if (served !== undefined) return served.result;
        await this.#line.reach();
      }
    });
  }

  async #takeTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.take(async () => {
      try {
        return await work();
      } finally {
        this.#line.leave();
      }
    });
  }

  async #addPeer(
    ...[kind, publication, name, peer]: [string, string, string, PeerWithoutNumbers]
  ): Promise<{ readonly peer: PeerNumber; readonly version: number }> {
    const version = 1;
    const insert = 'INSERT INTO peer (kind, publication, name, version, record, packed) VALUES (?, ?, ?, ?, ?, ?)';
    try {
      const { record, packed } = keptRecord(peer);
      const values = [kind, publication, name, version, record, packed];
      return { peer: await this.#change(() => this.database.insert(insert, ...values)), version };
    } catch (error) {
      if (isTaken(error)) throw new RequestError('CON-R006', `There is a ${kind} “${name}” already`, { cause: error });
      throw error;
    }
  }

  #writeEpoch(): Position {
    const epoch = this.#surroundings.identifiers.random();
    const position = writeEpoch(this.database, readTurn(this.database).head, epoch);
    this.#moveHead(position);
    this.#line.endTurn();
    return position;
  }

  #moveHead({ epoch, seq, hash }: Position): void {
    this.database.run('UPDATE site SET epoch = ?, seq = ?, hash = ?', epoch, seq, hash);
  }
}

function isEmpty(batch: Batch): boolean {
  return Object.values(batch).every((part: readonly unknown[] | undefined) => part === undefined || part.length === 0);
}
