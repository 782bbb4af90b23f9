import type { Edits } from '../../objects/edit.ts';
import { editIds, hasEdit, onlySeen } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import { historyLimit, lastLife, presentVersion } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion, isSameVersion } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import type { Exception, Held } from '../../synchronization/exception.ts';
import type { Put } from '../../synchronization/change.ts';
import { holdsNothing, holdsVersion } from '../../synchronization/exception.ts';
import { editsOver } from '../../synchronization/fields.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { Action, SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import { keepsBack } from '../../synchronization/subscription.ts';
import type { Local } from '../../synchronization/take-in.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import type { CollectionBounds } from '../exchange/collection-bounds.ts';
import { resolveHeld } from '../exchange/held-by-peer.ts';
import { SharedVersions } from '../exchange/shared-versions.ts';
import type { Leftovers } from './leftovers.ts';
import type { Counterparts } from './written-version.ts';

/** What is decided by, with where the agreed version stands, and what this site itself has of both. */
export type LocalState = Omit<Local, 'hasChildren' | 'limits'> & {
  readonly holds: Held;
  /** What this site has: as `present`, but for what a conduit has lost. */
  readonly own: Version | undefined;
  readonly ownAgreed: Version | undefined;
  /** What was agreed is what was sent. */
  readonly isAsSent: boolean;
  /** What was deleted, and the publisher gives back. */
  readonly deleted: Counterparts | undefined;
  /** Where it stands outside the collection, when it comes from there. */
  readonly comesFrom: Revision | undefined;
};

/** Where it is looked at: a subscription, in one session. */
export interface LocalPlace {
  readonly store: SiteStore;
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
  /** The epoch of the publisher's log. */
  readonly epoch: string;
  readonly keys: KeyRules | undefined;
  readonly bounds: CollectionBounds;
  readonly leftovers: Leftovers;
}

/** What is stored of one object, and remembered of it and the publisher. */
export interface Known {
  readonly revision: Revision;
  readonly atReading: StoredChange | undefined;
  readonly exception: Exception | undefined;
  /** The publisher's version, where that comes just now: its edits, on what it comes, and what it is. */
  readonly told?: Told | undefined;
}

type Told = Pick<Put, 'edits' | 'base' | 'result'>;

/** A version that the publisher is known to have had, and where it stands in the own log. */
interface Agreed {
  readonly version: Version | undefined;
  readonly own: Version | undefined;
  readonly isAsSent: boolean;
  readonly holds: Held;
}

/** Says how a subscriber's objects stand to the publisher's when its versions arrive. Serves one batch. */
export class LocalVersions {
  readonly #place: LocalPlace;
  readonly #shared: SharedVersions;

  constructor(place: LocalPlace) {
    this.#place = place;
    const { store, subscription, epoch, keys } = place;
    const { peer, root } = subscription;
    this.#shared = new SharedVersions({ store, peer, root, publishersEpoch: epoch, keys });
  }

  /** How an object stands; `known` undefined: it never was here. */
  async of(gid: Gid, known: Known | undefined): Promise<LocalState> {
    const { subscription, session, keys, bounds } = this.#place;
    const revision = known?.revision;
    const version = presentVersion(revision);
    const comesFrom = version !== undefined && !(await bounds.allows(gid)) ? revision : undefined;
    const own = await this.#placed(version, comesFrom);
    const present = own && revision && (await this.#placed(await this.#shared.of(revision), comesFrom));
    const agreed = known && (await this.agreed(gid, known));
    const isForced = session.kind === 'refresh-from-publisher';
    return {
      present,
      agreed: isForced ? present : agreed?.version,
      own,
      ownAgreed: isForced ? own : agreed?.own,
      isAsSent: !isForced && agreed?.isAsSent === true,
      deleted: known && agreed?.version === undefined ? await this.#deleted(gid, known) : undefined,
      isDeletedHere:
        !isForced && present === undefined && agreed?.version !== undefined && revision?.state === 'deleted',
      givesWay: isForced || isKeptBack({ subscription, session }, actionOf(agreed?.version, present)),
      keys,
      holds: agreed?.holds ?? holdsNothing,
      comesFrom,
    };
  }

  /** What was deleted, where what comes is made on that: something new may only have its gid. */
  async #deleted(gid: Gid, { revision, told }: Known): Promise<Counterparts | undefined> {
    const { store, subscription } = this.#place;
    if (told === undefined || revision.state !== 'deleted') return undefined;
    const history = await store.history(gid, { before: revision.seq, limit: historyLimit });
    // Who makes something new under the same gid has seen what was there, and set all of it.
    const set = editIds({ ...told.edits, others: told.edits.others.filter(({ field }) => field !== onlySeen) });
    if (!lastLife(history).some(({ edits }) => set.some((id) => hasEdit(edits, id)))) return undefined;
    return { own: toCollection(revision.version, subscription.root), shared: await this.#shared.of(revision) };
  }

  /** The edits that are carried over onto what comes, each as it was made. */
  async unsentEdits(gid: Gid, { ownAgreed, keys }: LocalState): Promise<Edits> {
    const { store, subscription } = this.#place;
    const history = await store.history(gid, { limit: historyLimit });
    const seen = history.map((one) => ({ ...one, version: toCollection(one.version, subscription.root) }));
    return editsOver(ownAgreed, seen, keys);
  }

  /** What the publisher is known to have had of this site's object: what was sent, unless it was kept back; or its own version that was taken in since. */
  async agreed(gid: Gid, { revision, atReading, exception, told }: Known): Promise<Agreed> {
    const { store, subscription, session, leftovers } = this.#place;
    const { peer, root } = subscription;
    const isOfPeer = revision.origin?.peer === peer;
    const since = session.readAt.seq;
    const last = isOfPeer || revision.seq <= since ? revision : await store.lastFrom(peer, gid, since);
    if (last !== undefined && last.seq > since) return this.#agreedAt(last);
    if (exception !== undefined && isUnsent(exception)) {
      const { holds } = exception;
      const held = await resolveHeld({ store, root, shared: this.#shared }, holds);
      if (told !== undefined && held.revision !== undefined && this.#mayBeLost(held.revision, told)) {
        const isWhatComes = held.version !== undefined && digestOfVersion(held.version) === told.result;
        if (!isWhatComes) return this.#survivor(gid, held.revision, told.edits);
      }
      const own = held.version && held.revision && toCollection(held.revision.version, root);
      return { version: held.version, own: own ?? held.version, holds, isAsSent: false };
    }
    if (atReading?.isMember === true) return this.#agreedAt(atReading.revision);
    const version = revision.state === 'present' ? await leftovers.shadow(gid) : undefined;
    return { version, own: version, holds: holdsVersion(version), isAsSent: false };
  }

  /**
   * Where the agreed version stands, for what waits: as it came from the publisher, where an edit that was taken back has only come to the same. By that the publisher knows
   * what of its own was taken in.
   */
  async heldAsTaken(gid: Gid, { agreed, holds, isAsSent }: LocalState): Promise<Held> {
    if (!isAsSent || holds.kind !== 'revision') return holds;
    const { store, subscription, epoch } = this.#place;
    const taken = await store.lastFrom(subscription.peer, gid);
    if (taken?.state !== 'present' || taken.seq > holds.seq || taken.origin?.epoch !== epoch) return holds;
    return isSameVersion(await this.#shared.of(taken), agreed) ? { kind: 'revision', seq: taken.seq } : holds;
  }

  /**
   * Whether the publisher, restored since, need not have any more what it held: a comparison says what it has of what came from it; what comes as something new, with all that is known of it, may have
   * come to it from elsewhere.
   */
  #mayBeLost({ origin }: Revision, { base }: Told): boolean {
    const { subscription, session, epoch } = this.#place;
    if (base === undefined) return true;
    return session.kind === 'comparison' && origin?.peer === subscription.peer && origin.epoch !== epoch;
  }

  /** The newest version that the publisher held, up to one, and that its present version is made on. */
  async #survivor(gid: Gid, upTo: Revision, told: Edits): Promise<Agreed> {
    const { store, subscription } = this.#place;
    const older = await store.history(gid, { before: upTo.seq, limit: historyLimit });
    const survivor = [upTo, ...older].find(
      ({ seq, origin, state, edits }) =>
        state === 'present' &&
        (seq === upTo.seq || origin?.peer === subscription.peer) &&
        editIds(edits).every((id) => hasEdit(told, id)),
    );
    if (survivor === undefined) return { version: undefined, own: undefined, holds: holdsNothing, isAsSent: false };
    return this.#agreedAt(survivor);
  }

  async #agreedAt(revision: Revision): Promise<Agreed> {
    const { root, peer } = this.#place.subscription;
    const isPresent = revision.state === 'present';
    return {
      version: isPresent ? await this.#shared.of(revision) : undefined,
      own: isPresent ? toCollection(revision.version, root) : undefined,
      holds: { kind: 'revision', seq: revision.seq },
      isAsSent: revision.origin?.peer !== peer,
    };
  }

  async #placed(version: Version | undefined, comesFrom: Revision | undefined): Promise<Version | undefined> {
    const { subscription, leftovers } = this.#place;
    if (version === undefined || comesFrom === undefined) return version && toCollection(version, subscription.root);
    return leftovers.placed(version);
  }
}

/** Whether this site's changes of this kind stay here for good: then the publisher's stand where both changed the same (engine.md §6, ADR 0019). */
export function isKeptBack(
  { subscription: { terms }, session }: Pick<LocalPlace, 'subscription' | 'session'>,
  action: Action,
): boolean {
  return !session.mayPush || keepsBack(terms, action);
}

function actionOf(agreed: Version | undefined, present: Version | undefined): Action {
  if (present === undefined) return 'delete';
  return agreed === undefined ? 'create' : 'update';
}

/** What was kept back, or sent in vain. */
function isUnsent({ reason }: Exception): boolean {
  return reason === 'withheld' || reason === 'refused' || reason === 'waits' || reason === 'wanted';
}
