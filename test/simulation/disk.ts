import type { Gid } from '../../src/objects/gid.ts';
import type { Revision } from '../../src/objects/revision.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { SiteNotes } from '../../src/ports/site-notes.ts';
import type { Batch, SiteStore } from '../../src/ports/site-store.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import type { MemoryData } from '../support/memory-site-data.ts';
import { copyOfSite } from '../support/memory-site-data.ts';
import { MemorySiteStore } from '../support/memory-site-store.ts';
import type { KillSwitch } from './mortal-store.ts';
import { mortal } from './mortal-store.ts';
import type { SeededIdentifiers } from './random.ts';
import { unused } from './unused.ts';

/** What there is on a disk, for whoever asks what was lost with it. */
export interface DiskContents {
  readonly histories: ReadonlyMap<Gid, readonly Revision[]>;
  readonly conflicts: ReadonlyMap<string, Conflict>;
  readonly aliases: ReadonlyMap<Gid, Gid>;
}

/** The disk of a machine, with the site on it. */
export interface Disk {
  /** What people work with. Another one after each start of a process. */
  readonly store: SiteStore;
  /** Starts a process: what it works with, until it is killed. */
  readonly startProcess: (killSwitch: KillSwitch) => Promise<SiteStore>;
  readonly contents: () => Promise<DiskContents>;
  /** What is there at this moment, to be put on another disk. */
  readonly image: () => Promise<OpenDisk>;
  /** What has been read and written by all that work with the site. */
  readonly statistics: SiteStore['statistics'];
}

/** What a disk takes from the history it is part of. */
export interface DiskSurroundings {
  readonly site: string;
  readonly identifiers: SeededIdentifiers;
  readonly clock: Clock;
  /** Told of each batch that is committed. */
  readonly onCommit: (batch: Batch) => void;
}

/** Puts a disk into a machine: an empty one, or one with what was on another at some moment. */
export type OpenDisk = (surroundings: DiskSurroundings) => Promise<Disk>;

/** A disk that is memory of this process. */
export async function openMemoryDisk(surroundings: DiskSurroundings): Promise<Disk> {
  return memoryDisk(surroundings);
}

function memoryDisk(surroundings: DiskSurroundings, data?: MemoryData): Disk {
  const notes = unused<SiteNotes>('notes', { addSyncEvent: async () => 1, conflictRules: async () => [] });
  const store = new MemorySiteStore(surroundings.site, { ...surroundings, notes }, data);
  return {
    store,
    startProcess: async (killSwitch) => mortal(store, killSwitch),
    contents: async () => store.backUp(),
    image: async () => {
      const kept = store.backUp();
      return async (others) => memoryDisk(others, copyOfSite(kept));
    },
    get statistics() {
      return store.statistics;
    },
  };
}

/** What is on the disk of a store: its history, and what no reader of a store lists. */
export async function contentsOf(
  store: SiteStore,
  known: { readonly gids: readonly Gid[]; readonly aliases: Iterable<readonly [given: Gid, kept: Gid]> },
): Promise<DiskContents> {
  const histories = new Map<Gid, readonly Revision[]>();
  for (const gid of known.gids) histories.set(gid, await store.history(gid));
  const conflicts = await store.conflicts();
  return {
    histories,
    conflicts: new Map(conflicts.map((conflict) => [conflict.id, conflict])),
    aliases: new Map(known.aliases),
  };
}

/** The counts of several that work with one site. */
export function addedUp(all: readonly Pick<SiteStore, 'statistics'>[]): SiteStore['statistics'] {
  const sum = { rowsRead: 0, rowsWritten: 0 };
  for (const { statistics } of all) {
    sum.rowsRead += statistics.rowsRead;
    sum.rowsWritten += statistics.rowsWritten;
  }
  return sum;
}

/** The store, and each batch that is committed through it is told of. */
export function tellingOfCommits(store: SiteStore, tell: (batch: Batch) => void): SiteStore {
  const update: SiteStore['update'] = async (decide) => {
    let batch: Batch = {};
    const result = await store.update(async (head) => {
      const decision = await decide(head);
      ({ batch } = decision);
      return decision;
    });
    tell(batch);
    return result;
  };
  return withMethods(store, { update });
}

/** The store, with other methods in the place of its own. */
export function withMethods(store: SiteStore, methods: Partial<SiteStore>): SiteStore {
  return new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, name, target);
      // Called on the store itself, because it has private state.
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
