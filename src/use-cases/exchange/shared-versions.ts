import type { Gid } from '../../objects/gid.ts';
import type { PeerNumber, Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { ObjectReader } from '../../ports/object-reader.ts';
import { carryOver } from '../../synchronization/equivalence.ts';
import { withDocument } from '../../synchronization/fields.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { KeyRules } from '../../xupdate/keys.ts';

/** A subscription, and the publisher that it shares its objects with. */
export interface Sharing {
  readonly store: ObjectReader;
  readonly peer: PeerNumber;
  readonly root: Gid;
  /** The epoch of the publisher's log: what came out of it by a subscription that ended says the same. Undefined: not known. */
  readonly publishersEpoch: string | undefined;
  readonly keys: KeyRules | undefined;
}

const pageSize = 50;

/**
 * Says of a subscriber's own revision which version it is for the publisher. Where a conduit has written what came otherwise, that is the publisher's document with
 * the edits made here since: so nothing is sent back that was lost, and nothing lost that was not here (engine.md §4). Everywhere else it is the version itself.
 * Looks once whether there are such revisions at all, hence a class; serves one step of a sync.
 */
export class SharedVersions {
  readonly #sharing: Sharing;
  #hasShadows: Promise<boolean> | undefined;

  constructor(sharing: Sharing) {
    this.#sharing = sharing;
  }

  /**
   * The version of the collection that stands for a revision, deleted ones too, at the publisher. `older`: what is at hand of the object's history just before it, newest
   * first; the log is asked for what stands before that.
   */
  async of(revision: Revision, older: readonly Revision[] = []): Promise<Version> {
    const { store, root, keys } = this.#sharing;
    const own = toCollection(revision.version, root);
    if (revision.shadow !== undefined && this.#isPublishers(revision)) return withDocument(own, revision.shadow);
    this.#hasShadows ??= store.hasShadows();
    if (!(await this.#hasShadows) || this.#isPublishers(revision)) return own;
    const last = older.find((one) => this.#isPublishers(one)) ?? (await this.#lastBefore(older.at(-1) ?? revision));
    if (last?.shadow === undefined) return own;
    const edited = revision.version.document;
    return withDocument(own, carryOver({ base: last.version.document, edited, onto: last.shadow, keys }));
  }

  #isPublishers({ origin }: Revision): boolean {
    const { peer, publishersEpoch } = this.#sharing;
    return origin?.isExact === true && (origin.peer === peer || origin.epoch === publishersEpoch);
  }

  async #lastBefore({ version, seq }: Revision): Promise<Revision | undefined> {
    for (let before = seq; ;) {
      const page = await this.#sharing.store.history(version.gid, { before, limit: pageSize });
      const found = page.find((revision) => this.#isPublishers(revision));
      const oldest = page.at(-1);
      if (found !== undefined || oldest === undefined || page.length < pageSize) return found;
      before = oldest.seq;
    }
  }
}
