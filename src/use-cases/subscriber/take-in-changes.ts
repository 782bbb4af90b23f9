import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Batch } from '../../ports/site-store.ts';
import type { Change, Put, Removal } from '../../synchronization/change.ts';
import type { Conflict } from '../../synchronization/conflict.ts';
import type { Exception } from '../../synchronization/exception.ts';
import { holdsNothing } from '../../synchronization/exception.ts';
import { withDocument } from '../../synchronization/fields.ts';
import { readChange } from '../../synchronization/read-change.ts';
import { fromCollection } from '../../synchronization/relative.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { TakenIn } from '../../synchronization/take-in.ts';
import { takeIn } from '../../synchronization/take-in.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { StatusCode } from '../../syncml/status.ts';
import type { XmlLimits } from '../../xml/limits.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import { childrenFirst } from '../exchange/children-first.ts';
import { CollectionBounds } from '../exchange/collection-bounds.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import { onItsWay } from '../exchange/sound-checkpoints.ts';
import { freedBetween } from '../exchange/freed-between.ts';
import { isPlacedAnew } from '../publisher/placement.ts';
import { Refusals } from '../exchange/refusals.ts';
import type { SiteContext } from '../site-context.ts';
import { deletedSince, isAnother } from './deleted-since.ts';
import { Leftovers } from './leftovers.ts';
import type { LocalState } from './local-versions.ts';
import { LocalVersions } from './local-versions.ts';
import { conflictsOfEqualValues } from '../objects/equal-values.ts';
import { TreeWrites } from '../objects/tree-writes.ts';
import { ReceivedWrites } from '../exchange/received-writes.ts';
import type { Room } from './make-room.ts';
import { settlePlaces, standingBelow } from './settle-places.ts';
import { counterpartsOf, takenRevision } from './taken-revision.ts';
import type { Writers } from './written-version.ts';
import { carriedVersion, isWrittenAs } from './written-version.ts';

/** Where the publisher's changes are taken in. */
export interface Intake {
  readonly context: SiteContext;
  readonly services: EngineServices;
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
  /** The epoch of the publisher's log. */
  readonly epoch: string;
  readonly deletionsLeft: number;
  readonly keys: KeyRules | undefined;
  readonly writers: Writers;
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

/** One batch of the publisher's changes while it is taken in (engine.md §4, "The subscriber, for each of them"). Serves one call of a `decide`. */
export class ChangeIntake {
  readonly #intake: Intake;
  readonly #refusals: Refusals;
  readonly #tree: TreeWrites;
  readonly #bounds: CollectionBounds;
  readonly #leftovers: Leftovers;
  readonly #local: LocalVersions;
  readonly #exceptions = new Map<Gid, Exception | undefined>();
  /** What came to stand somewhere in this message. */
  readonly #placed = new Set<Gid>();
  /** What is kept back here, and stands in what was deleted. */
  readonly #left: Gid[] = [];
  readonly #aliases: { readonly given: Gid; readonly kept: Gid }[] = [];
  readonly #head: Position;
  readonly #writes: ReceivedWrites;
  readonly #room: Room;
  #current: ReadonlyMap<Gid, Revision> = new Map();
  #atReading: ReadonlyMap<Gid, StoredChange> = new Map();
  #known: ReadonlyMap<Gid, Exception> = new Map();
  /** Of a hub with its own subscribers. */
  #equalled: readonly Conflict[] = [];
  #brakedDeletions = 0;

  constructor(intake: Intake, head: Position) {
    this.#intake = intake;
    this.#head = head;
    const { context, subscription } = intake;
    this.#refusals = new Refusals(subscription.id, context.clock);
    const { collection, root } = subscription;
    this.#tree = new TreeWrites(context.store);
    this.#bounds = new CollectionBounds({ reader: context.store, tree: this.#tree, collection, root, head: head.seq });
    this.#leftovers = new Leftovers({ store: context.store, subscription, publisherEpoch: intake.epoch });
    const place = { store: context.store, bounds: this.#bounds, leftovers: this.#leftovers };
    this.#local = new LocalVersions({ ...intake, ...place });
    this.#writes = new ReceivedWrites({ tree: this.#tree, collection, head, now: context.clock.now() });
    this.#room = { ...intake, ...place, local: this.#local, writes: this.#writes };
  }

  batch(): Pick<Batch, 'writes' | 'aliases' | 'exceptions' | 'conflicts' | 'log'> {
    const { peer } = this.#intake.subscription;
    return {
      writes: this.#tree.writes,
      aliases: this.#aliases,
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
    const between = freedBetween(changes, this.#intake.services.freeMemory);
    for (const change of await childrenFirst(this.#tree, changes)) {
      const freed = between(change);
      if (freed !== undefined) await freed;
      if (this.#current.has(change.gid) && !(await this.#isWithinReach(change.gid)))
        answers.push(this.#keepOut(change));
      else if (change.kind === 'put') answers.push((await this.#keepDeleted(change)) ?? (await this.#put(change)));
      else if (change.kind === 'delete' || change.kind === 'leave')
        answers.push(isBraked ? this.#brake(change) : await this.#remove(change));
      else answers.push({ gid: change.gid, code: StatusCode.Ok });
    }
    await settlePlaces({ placed: [...this.#placed], left: this.#left }, this.#room);
    this.#equalled = await conflictsOfEqualValues(this.#intake.context.store, this.#tree, gids);
    return { answers, ...this.#writes.counts, brakedDeletions: this.#brakedDeletions };
  }

  /** Whether the publisher may write it here: it is in the collection, or can come to it. */
  async #isWithinReach(gid: Gid): Promise<boolean> {
    const draft = await this.#tree.current(gid);
    if (await this.#bounds.allows(gid)) return draft?.state !== 'present' || !this.#isAnother(gid);
    return draft !== undefined && (await this.#leftovers.mayCome(draft, this.#head.seq));
  }

  /** Whether what stands or stood in this site has only the gid, and nothing waits of the publisher's. */
  #isAnother(gid: Gid): boolean {
    const isKnown = (this.#known.get(gid)?.reason ?? 'elsewhere') !== 'elsewhere';
    return !isKnown && isAnother(this.#current.get(gid), this.#atReading.get(gid), this.#intake.subscription);
  }

  #keepOut({ gid, kind }: Change): ItemAnswer {
    if (kind === 'put') this.#exceptions.set(gid, { reason: 'elsewhere', holds: holdsNothing });
    return { gid, code: StatusCode.Forbidden };
  }

  async #load(gids: readonly Gid[]): Promise<void> {
    const { store, subscription, session } = this.#room;
    this.#current = await this.#tree.preload(gids);
    if (this.#current.size === 0) return;
    this.#atReading = await store.changesOf(subscription.collection, this.#current, session.readAt.seq);
    this.#bounds.admit(this.#atReading.keys());
    const stored =
      (await store.countExceptions(subscription.peer)) > 0 ? await store.exceptions(subscription.peer, { gids }) : [];
    this.#known = new Map([...stored, ...this.#intake.refused]);
  }

  /** Answers that the object is not wanted, where it was deleted here since. */
  async #keepDeleted(change: Put): Promise<ItemAnswer | undefined> {
    const { gid } = change;
    const known = this.#known.get(gid);
    // What stood elsewhere in the site had the same gid, and was no object of the publisher's.
    if (!this.#atReading.has(gid) || this.#isAnother(gid)) return undefined;
    // What waited here when it was deleted, without anything agreed on, is told of like what nothing is remembered of; and what was just told of.
    const isUnagreed = known?.reason === 'waits' && known.holds.kind === 'nothing';
    if (known !== undefined && known.reason !== 'received' && !isUnagreed) return undefined;
    const exception = await deletedSince(this.#intake, change, this.#current.get(gid));
    if (exception === undefined) return undefined;
    this.#exceptions.set(gid, exception);
    return { gid, code: StatusCode.Conflict, clashes: ['existence'] };
  }

  async #put(change: Put): Promise<ItemAnswer> {
    const { gid } = change;
    const local = await this.#standing(gid, change);
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
        return this.#settle(change, { incoming: read.version, local, taken: this.#judge(read.version, local) });
      default:
        return read satisfies never;
    }
  }

  #judge(incoming: Version, local: LocalState): TakenIn {
    const isEquivalent = local.agreed === undefined && isWrittenAs(incoming, local.own, this.#intake.writers.own);
    if (isEquivalent) return { outcome: 'taken' };
    return takeIn(incoming, { ...local, hasChildren: false, limits: this.#intake.context.xmlLimits });
  }

  async #standing(gid: Gid, told?: Put): Promise<LocalState> {
    const revision = this.#current.get(gid);
    const rest = { atReading: this.#atReading.get(gid), exception: this.#known.get(gid), told };
    return this.#local.of(gid, revision && { revision, ...rest });
  }

  async #isPlace(parent: Gid): Promise<boolean> {
    return (await this.#bounds.allowsBelow(parent)) || (await this.#isWithinReach(parent));
  }

  async #remove(change: Removal): Promise<ItemAnswer> {
    const local = await this.#standing(change.gid);
    const below = local.present && (await standingBelow(change.gid, this.#room));
    const hidesDeletion = change.kind === 'leave' && local.isDeletedHere && !local.givesWay;
    const taken: TakenIn = hidesDeletion
      ? { outcome: 'clash', fields: ['existence'] }
      : takeIn(undefined, { ...local, hasChildren: below !== undefined && below.kept === undefined });
    if (below?.kept !== undefined) this.#left.push(below.kept);
    const answer = await this.#settle(change, { incoming: undefined, local, taken });
    if (taken.outcome !== 'clash') await this.#callAnew(change);
    return answer;
  }

  /** What has another gid at the publisher is called so here, too, where that is here: an edit from below of what was called otherwise is one of that (ADR 0045). */
  async #callAnew({ gid, knownAs }: Removal): Promise<void> {
    if (knownAs === undefined || !(await this.#bounds.allows(knownAs))) return;
    if ((await this.#tree.current(knownAs))?.state === 'present') this.#aliases.push({ given: gid, kept: knownAs });
  }

  #brake({ gid }: Removal): ItemAnswer {
    this.#brakedDeletions += 1;
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
    const known = this.#known.get(gid);
    if (taken.outcome === 'clash') {
      // Sent again it would be refused again, and this not taken in: neither goes before one of the two has changed (ADR 0040).
      if (known?.reason === 'refused') {
        // What the publisher has of it may only be known now.
        this.#exceptions.set(gid, { ...known, holds: local.holds });
        return { gid, code: known.code };
      }
      // What the publisher asks for whole goes whole: sent as a change again, it would be asked for again.
      if (known?.reason !== 'wanted') {
        const holds = await this.#local.heldAsTaken(gid, local);
        this.#exceptions.set(gid, { reason: 'waits', clashes: taken.fields, holds });
      }
      if (local.comesFrom !== undefined) await this.#bring(local.comesFrom, local);
      return { gid, code: StatusCode.Conflict, clashes: taken.fields };
    }
    const isPlain = local.comesFrom === undefined;
    // What is remembered of it stays: it may be kept back.
    if (taken.outcome === 'unheard' && isPlain) return { gid, code: StatusCode.Ok };
    if (known !== undefined) this.#exceptions.set(gid, onItsWay(known));
    if (taken.outcome === 'same' && isPlain) return { gid, code: StatusCode.Ok };
    const edits = taken.outcome === 'carried' ? await this.#local.unsentEdits(gid, local) : undefined;
    const { subscription, epoch, writers } = this.#intake;
    const taking = { subscription, epoch, receivedAt: this.#writes.now, ...this.#rules(), writers };
    const draft = takenRevision(change, { incoming, local }, taking);
    await this.#writes.add(draft);
    if (isPlacedAnew(local.present, incoming)) this.#placed.add(gid);
    this.#writes.count(incoming === undefined ? 'deleted' : 'present', local.present === undefined);
    if (taken.outcome === 'carried' && edits !== undefined) {
      const here = { ...counterpartsOf(local), ...this.#rules(), stored: draft, givesWay: local.givesWay };
      const version = fromCollection(carriedVersion(taken.version, here), subscription.root);
      await this.#writes.add({ state: 'present', version, edits, origin: undefined });
    }
    const code = local.present === undefined && incoming !== undefined ? StatusCode.ItemAdded : StatusCode.Ok;
    if (incoming === undefined || draft.shadow === undefined) return { gid, code };
    return { gid, code, equivalent: digestOfVersion(withDocument(incoming, draft.version.document)) };
  }

  /** Brings what an ended subscription left here as it is: what was edited in it is sent with the next exchange. */
  async #bring({ edits }: Revision, { own }: LocalState): Promise<void> {
    if (own === undefined) return;
    const version = fromCollection(own, this.#room.subscription.root);
    await this.#writes.add({ state: 'present', version, edits, origin: undefined });
  }

  #rules(): { readonly keys: KeyRules | undefined; readonly limits: XmlLimits | undefined } {
    return { keys: this.#intake.keys, limits: this.#intake.context.xmlLimits };
  }
}
