import type { Edits } from '../../objects/edit.ts';
import { siteAuthor } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Revision, RevisionDraft } from '../../objects/revision.ts';
import { presentVersion } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Batch } from '../../ports/site-store.ts';
import type { Change, Put, Removal } from '../../synchronization/change.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Exception, Held } from '../../synchronization/exception.ts';
import { holdsNothing, holdsVersion } from '../../synchronization/exception.ts';
import { editsOver } from '../../synchronization/fields.ts';
import { readChange } from '../../synchronization/read-change.ts';
import { fromCollection, toCollection } from '../../synchronization/relative.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { Local, TakenIn } from '../../synchronization/take-in.ts';
import { takeIn } from '../../synchronization/take-in.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { StatusCode } from '../../syncml/status.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import { resolveHeld } from '../exchange/held-by-peer.ts';
import { CollectionBounds } from '../exchange/collection-bounds.ts';
import { freeId, holdersOf, isPlacedAnew, liveChild, nameKey } from '../publisher/placement.ts';
import { Refusals } from '../exchange/refusals.ts';
import type { SiteContext } from '../site-context.ts';
import { Leftovers } from './leftovers.ts';
import { conflictsOfEqualValues } from '../objects/equal-values.ts';
import { TreeWrites } from '../objects/tree-writes.ts';

const historyLimit = 200;

/** Where the publisher's changes are taken in. */
export interface Intake {
  readonly context: SiteContext;
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
  /** The epoch of the publisher's log. */
  readonly epoch: string;
  readonly deletionsLeft: number;
  readonly keys: KeyRules | undefined;
  /** What the same answer says of changes that were sent and not received: this site's edits of those are unsent still. */
  readonly refused: ReadonlyMap<Gid, Exception>;
}

/** What came of it. */
export interface TakenPackage {
  readonly answers: readonly ItemAnswer[];
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly brakedDeletions: number;
}

/** With where the agreed version stands. */
type LocalState = Local & {
  readonly holds: Held;
  /** Where it stands outside the collection, when it comes from there. */
  readonly comesFrom: Revision | undefined;
};

/** One batch of the publisher's changes while it is taken in (engine.md §4, "The subscriber, for each of them"). Serves one call of a `decide`. */
export class ChangeIntake {
  readonly #intake: Intake;
  readonly #refusals: Refusals;
  readonly #tree: TreeWrites;
  readonly #bounds: CollectionBounds;
  readonly #leftovers: Leftovers;
  readonly #exceptions = new Map<Gid, Exception | undefined>();
  /** What came to stand somewhere in this message. */
  readonly #placed = new Set<Gid>();
  readonly #names = new Map<string, Gid[]>();
  readonly #head: Position;
  readonly #now: number;
  #current: ReadonlyMap<Gid, Revision> = new Map();
  #atReading: ReadonlyMap<Gid, StoredChange> = new Map();
  #known: ReadonlyMap<Gid, Exception> = new Map();
  /** Of a hub with its own subscribers. */
  #equalled: readonly Conflict[] = [];
  readonly #counts = { created: 0, updated: 0, deleted: 0, brakedDeletions: 0 };

  constructor(intake: Intake, head: Position) {
    this.#intake = intake;
    this.#head = head;
    const { context, subscription } = intake;
    this.#refusals = new Refusals(subscription.id, context.clock);
    const { collection, root } = subscription;
    this.#tree = new TreeWrites(context.store);
    this.#bounds = new CollectionBounds({ reader: context.store, tree: this.#tree, collection, root, head: head.seq });
    this.#leftovers = new Leftovers({ store: context.store, subscription, publisherEpoch: intake.epoch });
    this.#now = intake.context.clock.now();
  }

  batch(): Pick<Batch, 'writes' | 'exceptions' | 'conflicts' | 'log'> {
    const { peer } = this.#intake.subscription;
    return {
      writes: this.#tree.writes,
      log: this.#refusals.lines,
      conflicts: this.#equalled,
      exceptions: [...this.#exceptions].map(([gid, exception]) => ({ peer, gid, exception })),
    };
  }

  async takeIn(changes: readonly Change[]): Promise<TakenPackage> {
    const gids = changes.map((change) => change.gid);
    await this.#load(gids);
    const removals = changes.filter((change) => change.kind === 'delete' || change.kind === 'leave').length;
    const isBraked = removals > this.#intake.deletionsLeft;
    const answers: ItemAnswer[] = [];
    for (const change of await this.#childrenFirst(changes)) {
      if (this.#current.has(change.gid) && !(await this.#isWithinReach(change.gid)))
        answers.push(this.#keepOut(change));
      else if (change.kind === 'put') answers.push(await this.#put(change));
      else if (change.kind === 'delete' || change.kind === 'leave')
        answers.push(isBraked ? this.#brake(change) : await this.#remove(change));
      else answers.push({ gid: change.gid, code: StatusCode.Ok });
    }
    await this.#makeRoom();
    this.#equalled = await conflictsOfEqualValues(this.#intake.context.store, this.#tree, gids);
    return { answers, ...this.#counts };
  }

  /** The changes with the removals last, the deepest first: what leaves has children only as long as they have not left before. */
  async #childrenFirst(changes: readonly Change[]): Promise<readonly Change[]> {
    const removals: { readonly change: Change; readonly depth: number }[] = [];
    for (const change of changes) {
      if (change.kind === 'delete' || change.kind === 'leave')
        removals.push({ change, depth: await depthOf(this.#tree, change.gid) });
    }
    if (removals.length < 2) return changes;
    const others = changes.filter(({ kind }) => kind !== 'delete' && kind !== 'leave');
    return [...others, ...removals.toSorted((a, b) => b.depth - a.depth).map(({ change }) => change)];
  }

  /** Whether the publisher may write it here: it is in the collection, or can come to it. */
  async #isWithinReach(gid: Gid): Promise<boolean> {
    if (await this.#bounds.allows(gid)) return true;
    const draft = await this.#tree.current(gid);
    return draft !== undefined && (await this.#leftovers.mayCome(draft, this.#head.seq));
  }

  #keepOut({ gid, kind }: Change): ItemAnswer {
    if (kind === 'put') this.#exceptions.set(gid, { reason: 'elsewhere', holds: holdsNothing });
    return { gid, code: StatusCode.Forbidden };
  }

  /**
   * The publisher's object keeps its id: what stands there under the same one since this site read its log for the package takes another, as it would at the
   * publisher. Until then the publisher has not heard of it, so that nobody else gives it a name. What was sent already gets its name from there.
   */
  async #makeRoom(): Promise<void> {
    const reader = this.#intake.context.store;
    const holders = await holdersOf([...this.#placed], { reader, tree: this.#tree });
    for (const gid of this.#placed) {
      const version = (await this.#tree.current(gid))?.version;
      if (version === undefined) continue;
      for (const other of holders.get(nameKey(version.parent, version.id)) ?? [])
        if (other !== gid) await this.#giveWay(other, version);
    }
  }

  /** Gives an own object another name, when it stands where an object of the publisher does now. */
  async #giveWay(gid: Gid, to: Version): Promise<void> {
    const draft = await this.#tree.current(gid);
    const isThere = draft?.state === 'present' && draft.version.parent === to.parent && draft.version.id === to.id;
    if (!isThere || !(await this.#isPlacedHere(draft.version))) return;
    const reader = this.#intake.context.store;
    const id = await freeId(draft.version, { reader, tree: this.#tree, names: this.#names });
    const edit = `${this.#head.epoch}:${String(this.#head.seq + this.#tree.writes.length + 1)}`;
    await this.#write({
      state: 'present',
      version: { ...draft.version, id },
      edits: { main: { id: edit, at: this.#now, by: siteAuthor }, others: [] },
      receivedAt: this.#now,
      origin: undefined,
    });
  }

  /** Whether its place is this site's own edit, and the publisher was not told of it. */
  async #isPlacedHere({ gid, parent, id }: Version): Promise<boolean> {
    const { context, subscription, session } = this.#intake;
    const { store } = context;
    const revision = (await store.current([gid])).get(gid);
    if (revision === undefined) return false;
    const atReading = (await store.changesAt(subscription.collection, [gid], session.readAt.seq)).get(gid);
    const exception = (await store.exceptions(subscription.peer, { gids: [gid] })).get(gid);
    const agreed = (await this.#agreed(gid, { revision, atReading, exception })).version;
    return agreed === undefined || fromCollection(agreed, subscription.root).parent !== parent || agreed.id !== id;
  }

  async #load(gids: readonly Gid[]): Promise<void> {
    const { context, subscription, session } = this.#intake;
    const { store } = context;
    this.#current = await this.#tree.preload(gids);
    if (this.#current.size === 0) return;
    this.#atReading = await store.changesAt(subscription.collection, gids, session.readAt.seq);
    const stored =
      (await store.countExceptions(subscription.peer)) > 0 ? await store.exceptions(subscription.peer, { gids }) : [];
    this.#known = new Map([...stored, ...this.#intake.refused]);
  }

  async #put(change: Put): Promise<ItemAnswer> {
    const { gid } = change;
    const local = await this.#local(gid, false);
    const base = [local.agreed, local.present].find(
      (version) => version !== undefined && digestOfVersion(version) === change.base?.digest,
    );
    const read = readChange(change, base, this.#intake.context.xmlLimits);
    switch (read.outcome) {
      case 'needs-document':
        return { gid, code: StatusCode.IncompleteCommand };
      case 'refused':
        return { gid, code: this.#refusals.add(change, read) };
      case 'version':
        if (!(await this.#isPlace(read.version.parent))) return this.#keepOut(change);
        return this.#settle(change, { incoming: read.version, local, taken: takeIn(read.version, local) });
      default:
        return read satisfies never;
    }
  }

  async #isPlace(parent: Gid): Promise<boolean> {
    return (await this.#bounds.allowsBelow(parent)) || (await this.#isWithinReach(parent));
  }

  async #remove(change: Removal): Promise<ItemAnswer> {
    const local = await this.#local(change.gid, true);
    const hidesDeletion = change.kind === 'leave' && local.isDeletedHere && !local.givesWay;
    const taken: TakenIn = hidesDeletion ? { outcome: 'clash', fields: ['existence'] } : takeIn(undefined, local);
    return this.#settle(change, { incoming: undefined, local, taken });
  }

  #brake({ gid }: Removal): ItemAnswer {
    this.#counts.brakedDeletions += 1;
    return { gid, code: StatusCode.OperationCancelled };
  }

  async #settle(
    change: Put | Removal,
    {
      incoming,
      local,
      taken,
    }: { readonly incoming: Version | undefined; readonly local: LocalState; readonly taken: TakenIn },
  ): Promise<ItemAnswer> {
    const { gid } = change;
    if (taken.outcome === 'clash') {
      // What the publisher asks for whole goes whole: sent as a change again, it would be asked for again.
      if (this.#known.get(gid)?.reason !== 'wanted')
        this.#exceptions.set(gid, { reason: 'waits', clashes: taken.fields, holds: local.holds });
      if (local.comesFrom !== undefined) await this.#bring(local.comesFrom, local);
      return { gid, code: StatusCode.Conflict, clashes: taken.fields };
    }
    const isPlain = local.comesFrom === undefined;
    // What is remembered of it stays: it may be kept back.
    if (taken.outcome === 'unheard' && isPlain) return { gid, code: StatusCode.Ok };
    if (this.#known.has(gid)) this.#exceptions.set(gid, undefined);
    if (taken.outcome === 'same' && isPlain) return { gid, code: StatusCode.Ok };
    const edits = taken.outcome === 'carried' ? await this.#unsentEdits(gid, local) : undefined;
    await this.#write(this.#draftOf(change, incoming, local));
    if (isPlacedAnew(local.present, incoming)) this.#placed.add(gid);
    this.#count(incoming, local);
    if (taken.outcome === 'carried' && edits !== undefined) {
      const version = fromCollection(taken.version, this.#intake.subscription.root);
      await this.#write({ state: 'present', version, edits, receivedAt: this.#now, origin: undefined });
    }
    return { gid, code: local.present === undefined && incoming !== undefined ? StatusCode.ItemAdded : StatusCode.Ok };
  }

  /** Brings what an ended subscription left here as it is: what was edited in it is sent with the next exchange. */
  async #bring({ edits }: Revision, { present }: Local): Promise<void> {
    if (present === undefined) return;
    const version = fromCollection(present, this.#intake.subscription.root);
    await this.#write({ state: 'present', version, edits, receivedAt: this.#now, origin: undefined });
  }

  /** The edits that are carried over, each as it was made. */
  async #unsentEdits(gid: Gid, { agreed, keys }: Local): Promise<Edits> {
    const { context, subscription } = this.#intake;
    const history = await context.store.history(gid, { limit: historyLimit });
    const seen = history.map((one) => ({ ...one, version: toCollection(one.version, subscription.root) }));
    return editsOver(agreed, seen, keys);
  }

  #draftOf(change: Put | Removal, incoming: Version | undefined, local: Local): RevisionDraft {
    const { subscription, epoch } = this.#intake;
    const origin = { peer: subscription.peer, epoch, number: change.number, isExact: true };
    const version = incoming ?? local.present ?? local.agreed;
    const state = change.kind === 'put' ? 'present' : change.kind === 'leave' ? 'left' : 'deleted';
    // takeIn gives 'taken' only where there is a version on one of the sides.
    return {
      state,
      version: fromCollection(version as Version, subscription.root),
      edits: change.edits,
      receivedAt: this.#now,
      origin,
    };
  }

  async #write(draft: RevisionDraft): Promise<void> {
    await this.#tree.add(draft, { assumed: [this.#intake.subscription.collection] });
    const key = nameKey(draft.version.parent, draft.version.id);
    this.#names.set(key, [...(this.#names.get(key) ?? []), draft.version.gid]);
  }

  #count(incoming: Version | undefined, local: Local): void {
    if (incoming === undefined) this.#counts.deleted += 1;
    else if (local.present === undefined) this.#counts.created += 1;
    else this.#counts.updated += 1;
  }

  async #local(gid: Gid, isRemoval: boolean): Promise<LocalState> {
    const { context, subscription, session, keys } = this.#intake;
    const revision = this.#current.get(gid);
    const version = presentVersion(revision);
    const comesFrom = version !== undefined && !(await this.#bounds.allows(gid)) ? revision : undefined;
    const present =
      version && (comesFrom ? await this.#leftovers.placed(version) : toCollection(version, subscription.root));
    const [atReading, exception] = [this.#atReading.get(gid), this.#known.get(gid)];
    const known = revision === undefined ? undefined : await this.#agreed(gid, { revision, atReading, exception });
    const agreed = known?.version;
    const isForced = session.kind === 'refresh-from-publisher';
    return {
      present,
      agreed: isForced ? present : agreed,
      isDeletedHere: !isForced && present === undefined && agreed !== undefined && revision?.state === 'deleted',
      hasChildren:
        isRemoval &&
        present !== undefined &&
        (await liveChild({ reader: context.store, tree: this.#tree }, gid)) !== undefined,
      givesWay: isForced || subscription.terms.mode === 'pull' || !session.mayPush,
      keys,
      limits: context.xmlLimits,
      holds: known?.holds ?? holdsNothing,
      comesFrom,
    };
  }

  /** What the publisher is known to have had of this site's object: what was sent, unless it was kept back; or its own version that was taken in since. */
  async #agreed(gid: Gid, { revision, atReading, exception }: Known): Promise<Agreed> {
    const { context, subscription, session } = this.#intake;
    const isOfPeer = (one: Revision | undefined): boolean => one?.origin?.peer === subscription.peer;
    const last = isOfPeer(revision) ? revision : await context.store.lastFrom(subscription.peer, gid);
    if (last !== undefined && last.seq > session.readAt.seq) return agreedAt(last, subscription);
    if (exception !== undefined && isUnsent(exception)) {
      const { holds } = exception;
      return { version: (await resolveHeld({ store: context.store, root: subscription.root }, holds)).version, holds };
    }
    if (atReading?.isMember === true) return agreedAt(atReading.revision, subscription);
    const version = revision.state === 'present' ? await this.#leftovers.shadow(gid) : undefined;
    return { version, holds: holdsVersion(version) };
  }
}

/** What was kept back, or sent in vain. */
function isUnsent({ reason }: Exception): boolean {
  return reason === 'withheld' || reason === 'refused' || reason === 'waits' || reason === 'wanted';
}

async function depthOf(tree: TreeWrites, gid: Gid): Promise<number> {
  const above = new Set<Gid>();
  for (let at = gid; at !== topGid && !above.has(at);) {
    above.add(at);
    at = (await tree.current(at))?.version.parent ?? topGid;
  }
  return above.size;
}

/** A version that the publisher is known to have had, and where it stands in the own log. */
interface Agreed {
  readonly version: Version | undefined;
  readonly holds: Held;
}

interface Known {
  readonly revision: Revision;
  readonly atReading: StoredChange | undefined;
  readonly exception: Exception | undefined;
}

function agreedAt(revision: Revision, { root }: Subscription): Agreed {
  const version = presentVersion(revision);
  return { version: version && toCollection(version, root), holds: { kind: 'revision', seq: revision.seq } };
}
