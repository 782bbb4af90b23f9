import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { RevisionDraft } from '../../objects/revision.ts';
import { historyLimit } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import { withDocument } from '../../synchronization/fields.ts';
import type { Subscription } from '../../synchronization/subscription.ts';

/** Whose leftovers are looked for: those of the publisher whose log has this epoch, for a subscription. */
export interface LeftBy {
  readonly store: SiteStore;
  readonly subscription: Pick<Subscription, 'peer' | 'root'>;
  readonly publisherEpoch: string;
}

/**
 * What a subscription that ended has left at this site of the same publisher's objects. The log says it: their revisions name the epoch of the publisher's log, which
 * nobody else's does. A new subscription takes them along to where it is now. Remembers its answers, hence a class; serves one batch.
 */
export class Leftovers {
  readonly #by: LeftBy;
  readonly #shadows = new Map<Gid, Version | undefined>();
  #taken: readonly number[] | undefined;
  #above: ReadonlySet<Gid> | undefined;

  constructor(by: LeftBy) {
    this.#by = by;
  }

  /** The publisher's version that was last taken in by another subscription, as a collection sees it; undefined when there is none. */
  async shadow(gid: Gid): Promise<Version | undefined> {
    if (!this.#shadows.has(gid)) this.#shadows.set(gid, await this.#lookUp(gid));
    return this.#shadows.get(gid);
  }

  /** Whether an object that stands, or stood, elsewhere may come to this subscription: it has no other, and came from this publisher or is gone. */
  async mayCome(draft: RevisionDraft, head: number): Promise<boolean> {
    const { gid } = draft.version;
    if (draft.state === 'present' && (await this.shadow(gid)) === undefined) return false;
    if ((await this.#aboveRoot()).has(gid)) return false;
    this.#taken ??= await this.#othersCollections();
    for (const collection of this.#taken) {
      const change = (await this.#by.store.changesAt(collection, [gid], head)).get(gid);
      if (change !== undefined && (change.isMember || draft.state !== 'present')) return false;
    }
    return true;
  }

  /** The version at the place that it would have in this collection: below another of the publisher's objects, else where the publisher had it. */
  async placed(version: Version): Promise<Version> {
    const isBelowTheirs = (await this.shadow(version.parent)) !== undefined;
    if (isBelowTheirs) return version;
    const parent = (await this.shadow(version.gid))?.parent ?? topGid;
    return { ...version, parent };
  }

  async #lookUp(gid: Gid): Promise<Version | undefined> {
    const { store, subscription, publisherEpoch } = this.#by;
    if (gid === topGid) return undefined;
    const history = await store.history(gid, { limit: historyLimit });
    const last = history.find(
      ({ state, origin }) =>
        state === 'present' &&
        origin?.isExact === true &&
        origin.epoch === publisherEpoch &&
        origin.peer !== subscription.peer,
    );
    if (last === undefined) return undefined;
    const theirs = last.shadow === undefined ? last.version : withDocument(last.version, last.shadow);
    // What stood below no object of the publisher stood below the other subscription's own folder.
    const isAtTop = (await this.shadow(last.version.parent)) === undefined;
    return isAtTop ? { ...theirs, parent: topGid } : theirs;
  }

  async #othersCollections(): Promise<readonly number[]> {
    const others = await this.#by.store.subscriptions();
    return others.filter(({ peer }) => peer !== this.#by.subscription.peer).map(({ collection }) => collection);
  }

  async #aboveRoot(): Promise<ReadonlySet<Gid>> {
    if (this.#above !== undefined) return this.#above;
    const above = new Set<Gid>();
    for (let at = this.#by.subscription.root; at !== topGid && !above.has(at);) {
      above.add(at);
      at = (await this.#by.store.current([at])).get(at)?.version.parent ?? topGid;
    }
    this.#above = above;
    return above;
  }
}
