import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Revision, RevisionDraft } from '../../objects/revision.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import type { Write } from '../../ports/site-store.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import type { Cover } from './collection-cover.ts';
import { CoverTable } from './collection-cover.ts';

/** What `add` must know about the package that a draft comes from. */
export interface DraftOptions {
  /**
   * The collections that cover an object whose parent is not known, or stands in a ring, at this moment of a package. Give the same ones for all drafts of a
   * package: a parent that comes later then finds its children where they were assumed to be, or has them written anew. Left out by those who write
   * parents before children.
   */
  readonly assumed?: readonly CollectionNumber[];
}

const pageSize = 500;

/**
 * The writes of one batch. It knows for each draft in which collections it stands: a collection has the nodes below its root, the root not among them. Where an
 * object moves across the border of a collection, all that is present below it is written once more as it is, so that each has its change there.
 * Holds the batch while it grows, hence a class; one instance serves one call of a `decide`, one call at a time.
 */
export class TreeWrites {
  readonly #reader: ObjectReader;
  readonly #writes: Write[] = [];
  readonly #stored = new Map<Gid, Revision | undefined>();
  readonly #drafts = new Map<Gid, RevisionDraft>();
  readonly #draftsBelow = new Map<Gid, Set<Gid>>();
  /** The cover of what stands below a node, as far as it is known for sure. Who is in it has all its ancestors in it. */
  readonly #below = new Map<Gid, Cover>();
  #table: CoverTable | undefined;

  constructor(reader: ObjectReader) {
    this.#reader = reader;
  }

  /** What has been added, in log order. */
  get writes(): readonly Write[] {
    return this.#writes;
  }

  /** The newest draft of the object in this batch; undefined when there is none. */
  drafted(gid: Gid): RevisionDraft | undefined {
    return this.#drafts.get(gid);
  }

  /** What this batch writes of the object behind that end of the log, newest first, as the log will have it but for its hash. */
  revisionsFrom(gid: Gid, { seq, epoch, hash }: Position): readonly Revision[] {
    if (!this.#drafts.has(gid)) return [];
    const all = this.#writes.map(({ draft }, index): Revision => ({ ...draft, seq: seq + index + 1, epoch, hash }));
    return all.filter(({ version }) => version.gid === gid).toReversed();
  }

  /** The newest draft of the object in this batch, else its newest revision in the store, gone ones too; undefined when it never was. */
  async current(gid: Gid): Promise<RevisionDraft | undefined> {
    return this.#drafts.get(gid) ?? (await this.#inStore(gid));
  }

  /**
   * Fetches what `add` and `current` will ask for: the objects and all their ancestors, with one read per level of the tree. Returns the newest revision in the store of
   * those objects that have one.
   */
  async preload(gids: readonly Gid[]): Promise<ReadonlyMap<Gid, Revision>> {
    let wanted = this.#unknown(gids);
    while (wanted.length > 0) {
      const found = await this.#reader.current(wanted);
      for (const gid of wanted) this.#stored.set(gid, found.get(gid));
      wanted = this.#unknown([...found.values()].map(({ version }) => version.parent));
    }
    const revisions = new Map<Gid, Revision>();
    for (const gid of gids) {
      const revision = this.#stored.get(gid);
      if (revision !== undefined) revisions.set(gid, revision);
    }
    return revisions;
  }

  /** Takes a draft into the batch, behind those added before, with what must be written because of it. */
  async add(draft: RevisionDraft, options: DraftOptions = {}): Promise<void> {
    this.#table ??= new CoverTable(await this.#reader.collections());
    const table = this.#table;
    const assumed = table.of(options.assumed ?? []);
    const { gid, parent } = draft.version;
    // What is known already is not awaited: this runs for each object of a sync.
    const before = this.#drafts.get(gid) ?? (this.#stored.has(gid) ? this.#stored.get(gid) : await this.#inStore(gid));
    const place = before?.version.parent;
    const was = place === undefined ? undefined : (this.#below.get(place) ?? (await this.#coverBelow(place, assumed)));
    this.#note(draft, before);
    const is =
      was !== undefined && place === parent
        ? was
        : (this.#below.get(parent) ?? (await this.#coverBelow(parent, assumed)));
    const collections = rowsOf({ before, was, draft, is });
    this.#writes.push(before === undefined ? { draft, collections, isFirst: true } : { draft, collections });

    // Children of an object that is new can only be there when its package may bring them before it.
    const childrenWere = before === undefined && options.assumed !== undefined ? assumed : was;
    if (childrenWere !== undefined && childrenWere !== is)
      await this.#rewriteBelow(draft, table.below(gid, childrenWere), table.below(gid, is));
  }

  /** What stands directly below an object as of this batch. */
  async childrenOf(parent: Gid): Promise<readonly RevisionDraft[]> {
    const drafts = this.#draftsOf(parent).filter(({ state }) => state === 'present');
    return [...drafts, ...(await this.#untouchedBelow(parent))];
  }

  #unknown(gids: readonly Gid[]): readonly Gid[] {
    return [...new Set(gids)].filter((gid) => gid !== topGid && !this.#stored.has(gid));
  }

  async #inStore(gid: Gid): Promise<Revision | undefined> {
    if (!this.#stored.has(gid)) await this.preload([gid]);
    return this.#stored.get(gid);
  }

  #note(draft: RevisionDraft, before: RevisionDraft | undefined): void {
    const { gid, parent } = draft.version;
    this.#drafts.set(gid, draft);
    const siblings = this.#draftsBelow.get(parent);
    if (siblings === undefined) this.#draftsBelow.set(parent, new Set([gid]));
    else siblings.add(gid);
    if (before?.version.parent !== parent && this.#below.has(gid)) this.#below.clear();
  }

  /**
   * The cover of what stands below `parent`; a deleted ancestor counts as where it was. A chain that ends in nothing or in a ring ends in what is assumed, and
   * is not remembered: the next draft may mend it.
   */
  async #coverBelow(parent: Gid, assumed: Cover): Promise<Cover> {
    const known = this.#below.get(parent);
    if (known !== undefined) return known;
    const table = this.#table ?? new CoverTable([]);
    const chain = new Set<Gid>();
    let cover: Cover | undefined;
    let at = parent;
    while (cover === undefined) {
      if (at === topGid) cover = table.top;
      else if (chain.has(at)) break;
      else {
        const revision = this.#drafts.get(at) ?? (await this.#inStore(at));
        if (revision === undefined) break;
        chain.add(at);
        at = revision.version.parent;
        cover = this.#below.get(at);
      }
    }
    const isSure = cover !== undefined;
    let result = cover ?? table.below(at, assumed);
    for (const gid of [...chain].reverse()) {
      result = table.below(gid, result);
      if (isSure) this.#below.set(gid, result);
    }
    return result;
  }

  async #rewriteBelow(mover: RevisionDraft, were: Cover, are: Cover): Promise<void> {
    const table = this.#table ?? new CoverTable([]);
    const seen = new Set([mover.version.gid]);
    const parents = [{ gid: mover.version.gid, were, are }];
    // Grows while it is walked: a ring ends because nobody is seen twice.
    for (const parent of parents) {
      for (const child of await this.#allBelow(parent.gid)) {
        const { gid } = child.version;
        if (seen.has(gid)) continue;
        seen.add(gid);
        parents.push({ gid, were: table.below(gid, parent.were), are: table.below(gid, parent.are) });
        // Within a package something may stand below what is gone: it moves too.
        if (child.state !== 'present') continue;
        const draft = sameAgain(child, mover.receivedAt);
        this.#note(draft, child);
        this.#writes.push({ draft, collections: rowsOf({ before: child, was: parent.were, draft, is: parent.are }) });
      }
    }
  }

  /** What is directly below as of this batch, and what was when it went. */
  async #allBelow(parent: Gid): Promise<readonly RevisionDraft[]> {
    const untouched = await this.#untouchedBelow(parent);
    const gone = await this.#reader.deletedBelow(parent, Number.MAX_SAFE_INTEGER);
    return [...this.#draftsOf(parent), ...untouched, ...gone.filter(({ version }) => !this.#drafts.has(version.gid))];
  }

  /** The drafts of what is directly below, or was when it went. */
  #draftsOf(parent: Gid): readonly RevisionDraft[] {
    const drafts = [...(this.#draftsBelow.get(parent) ?? [])].flatMap((gid) => this.#drafts.get(gid) ?? []);
    return drafts.filter(({ version }) => version.parent === parent);
  }

  /** What stands directly below in the store, and is not written by this batch. */
  async #untouchedBelow(parent: Gid): Promise<readonly RevisionDraft[]> {
    const children: RevisionDraft[] = [];
    let after: string | undefined;
    do {
      const page = await this.#reader.children(parent, { limit: pageSize, ...(after === undefined ? {} : { after }) });
      const gids = page.map(({ gid }) => gid).filter((gid) => !this.#drafts.has(gid));
      await this.preload(gids);
      for (const gid of gids) {
        const revision = this.#stored.get(gid);
        if (revision !== undefined) children.push(revision);
      }
      after = page.length < pageSize ? undefined : page.at(-1)?.id;
    } while (after !== undefined);
    return children;
  }
}

function sameAgain({ state, version, edits }: RevisionDraft, receivedAt: number): RevisionDraft {
  return { state, version, edits, receivedAt, origin: undefined };
}

/** One object before and after: `was` and `is` are what covers its places, whether it is there or not. */
interface Step {
  readonly before: RevisionDraft | undefined;
  readonly was: Cover | undefined;
  readonly draft: RevisionDraft;
  readonly is: Cover;
}

/** Where a draft stands: a member of all that cover it, and a row of leaving where it was and is no more. */
function rowsOf({ before, was, draft, is }: Step): Write['collections'] {
  if (draft.state !== 'present') return was?.gone ?? [];
  if (before?.state !== 'present' || was === undefined || was === is) return is.members;
  return [...is.members, ...was.gone.filter(({ collection }) => !is.numbers.includes(collection))];
}
