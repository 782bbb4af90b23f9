import { MongoConnection } from '../../../src/adapters/mongodb/mongo-connection.ts';
import type { Row } from '../../../src/adapters/mongodb/mongo-rows.ts';
import { MongoSiteStore } from '../../../src/adapters/mongodb/mongo-site-store.ts';
import type { AliasRow, RevisionRow, SiteTables } from '../../../src/adapters/mongodb/site-tables.ts';
import type { Gid } from '../../../src/objects/gid.ts';
import type { ActivityQueue } from '../../../src/ports/activity-queue.ts';
import type { Identifiers } from '../../../src/ports/identifiers.ts';
import type { SiteStore } from '../../../src/ports/site-store.ts';
import type { Disk, DiskSurroundings, OpenDisk } from '../../simulation/disk.ts';
import { addedUp, contentsOf, tellingOfCommits, withMethods } from '../../simulation/disk.ts';
import { mortal } from '../../simulation/mortal-store.ts';
import { Random } from '../../simulation/random.ts';
import { unused } from '../../simulation/unused.ts';
import { CommitBreaker } from './commit-breaker.ts';
import { mortal as mortalTables } from './mortal-tables.ts';

/** Nobody who has left a turn half-written is only slow. */
const patienceMs = 1;

/** Names that are drawn for no other reason than to be new; an epoch is one of the history's own. */
class OwnIdentifiers implements Identifiers {
  /** What is given next. */
  epoch: string | undefined;
  readonly #prefix: string;
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  gid(): Gid {
    throw new TypeError('a store makes no gids');
  }

  random(): string {
    const { epoch } = this;
    this.epoch = undefined;
    return epoch ?? `${this.#prefix}-${String(++this.#count)}`;
  }

  secret(): string {
    return this.random();
  }
}

/**
 * Disks that are collections of one MongoDB database, each with a store for people and one for each process, which is killed in the midst of its
 * commits: by lot, before or after any of its writes.
 */
export class MongoDisks implements AsyncDisposable {
  readonly #connection: MongoConnection;
  readonly #random: Random;
  #disks = 0;
  #halfWritten = 0;
  #processes = 0;

  private constructor(connection: MongoConnection, seed: number) {
    this.#connection = connection;
    this.#random = new Random(seed);
  }

  /** How many commits were left half-written, and finished by others. */
  get halfWritten(): number {
    return this.#halfWritten;
  }

  static async open(url: string, seed: number): Promise<MongoDisks> {
    return new MongoDisks(await MongoConnection.open({ url }), seed);
  }

  /** Puts an empty one into a machine. */
  readonly open: OpenDisk = async (surroundings) =>
    this.#disk(this.#newPrefix(), surroundings, surroundings.identifiers.random());

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.drop('');
    await this.#connection[Symbol.asyncDispose]();
  }

  #newPrefix(): string {
    return `d${String(++this.#disks)}`;
  }

  async #disk(prefix: string, surroundings: DiskSurroundings, epoch?: string): Promise<Disk> {
    const opened: SiteTables[] = [];
    const tables = (): SiteTables => {
      const own = this.#connection.siteTables(prefix);
      opened.push(own);
      return own;
    };
    const people = await this.#store(tables(), surroundings, epoch);
    return {
      store: people,
      startProcess: async (killSwitch) => {
        const breaker = new CommitBreaker(this.#random);
        const store = await this.#store(mortalTables(tables(), breaker), surroundings);
        return mortal(store, killSwitch, async (commit, when) => {
          // Whoever comes after draws what was drawn for what came to nothing.
          const takeBack = surroundings.identifiers.mark();
          if (await breaker.breakOff(commit, when)) this.#halfWritten += 1;
          if (when === 'before') takeBack();
        });
      },
      contents: async () => {
        await people.head();
        const revisions = await this.#connection.rows<RevisionRow>(`${prefix}.revision`).find({});
        const aliases = await this.#connection.rows<AliasRow>(`${prefix}.alias`).find({});
        return contentsOf(people, {
          gids: [...new Set(revisions.flatMap(({ gid }) => (gid === undefined ? [] : [gid])))],
          // Holds: the key of an alias is a gid.
          aliases: aliases.flatMap(({ _id, kept }) => (kept === undefined ? [] : [[_id as Gid, kept]])),
        });
      },
      image: async () => this.#imageOf(prefix),
      get statistics() {
        return addedUp(opened);
      },
    };
  }

  async #store(tables: SiteTables, surroundings: DiskSurroundings, epoch?: string): Promise<SiteStore> {
    const { site, clock, onCommit, identifiers } = surroundings;
    const own = new OwnIdentifiers(`p${String(++this.#processes)}`);
    own.epoch = epoch;
    const queue = unused<ActivityQueue>('queue', { add: async () => 1 });
    const store = await MongoSiteStore.open(site, { tables, queue, patienceMs, clock, identifiers: own });
    const startEpoch: SiteStore['startEpoch'] = async () => {
      own.epoch = identifiers.random();
      return store.startEpoch();
    };
    return tellingOfCommits(withMethods(store, { startEpoch }), onCommit);
  }

  /** As a snapshot has it: a turn may be half-written. */
  async #imageOf(prefix: string): Promise<OpenDisk> {
    const kept = new Map<string, readonly Row[]>();
    for (const name of await this.#connection.names(`${prefix}.`))
      kept.set(name.slice(prefix.length), await this.#connection.rows<Row>(name).find({}));
    return async (surroundings) => {
      const copy = this.#newPrefix();
      for (const [name, rows] of kept) await this.#connection.rows<Row>(`${copy}${name}`).add(rows);
      return this.#disk(copy, surroundings);
    };
  }
}
