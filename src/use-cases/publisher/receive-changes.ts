import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Batch } from '../../ports/site-store.ts';
import type { Change, Claim, Put, Removal } from '../../synchronization/change.ts';
import type { Exception, Held } from '../../synchronization/exception.ts';
import { holdsVersion } from '../../synchronization/exception.ts';
import type { ReadPut } from '../../synchronization/read-change.ts';
import { readChange } from '../../synchronization/read-change.ts';
import { storedEdits, unwritten } from '../../synchronization/overruled.ts';
import { receiveRefresh } from '../../synchronization/receive-change.ts';
import { receiveDeletionHere, receiveVersionHere, type StandingHere } from '../../synchronization/hidden-here.ts';
import { fromCollection, toCollection } from '../../synchronization/relative.ts';
import { StatusCode } from '../../syncml/status.ts';
import { Refusals } from '../exchange/refusals.ts';
import type { ItemOutcome } from './item-outcome.ts';
import { apart, asCalledBefore, keptGid, withKeptGids } from './kept-gids.ts';
import type { Received, Rules } from '../../synchronization/standing.ts';
import type { Ground } from './placement.ts';
import type { ReceivedPackage, Reception } from './reception.ts';
import type { BaseFound, ReceivedBefore } from './received-before.ts';
import { findBase, knownBase, pendingBase, receivedBefore } from './received-before.ts';
import { checkPlacement, isPlacedAnew, settleOrphans } from './placement.ts';
import { Claims } from './claims.ts';
import { FoundConflicts } from './found-conflicts.ts';
import { ReceivedWrites } from '../exchange/received-writes.ts';
import { Standings } from './standings.ts';
import { forSender, rulesOf, storedVersion } from './stored-change.ts';
import { childrenFirst } from '../exchange/children-first.ts';
import { CollectionBounds } from '../exchange/collection-bounds.ts';
import { freedBetween } from '../exchange/freed-between.ts';
import type { NamedConflicts } from './close-conflicts.ts';
import { namedConflicts } from './close-conflicts.ts';
import { TreeWrites } from '../objects/tree-writes.ts';

/**
 * The publisher takes in the changes of one message, in one commit (engine.md §4). `orphans` are objects of earlier messages of the package that still lack a
 * parent; with `isFinal` they are settled now.
 */
export async function receiveChanges(
  reception: Reception,
  changes: readonly Change[],
  { orphans, isFinal }: { readonly orphans: readonly Gid[]; readonly isFinal: boolean },
): Promise<ReceivedPackage> {
  return reception.context.store.update(async (head) => {
    const work = new ChangeReceiver(reception, head);
    const result = await work.receive(changes, orphans, isFinal);
    return { batch: work.batch(), result };
  });
}

/** What `receiveChanges` would make of them, without writing anything. */
export async function rehearseChanges(reception: Reception, changes: readonly Change[]): Promise<ReceivedPackage> {
  return reception.context.store.update(async (head) => {
    const result = await new ChangeReceiver(reception, head).receive(changes, [], true);
    return { batch: {}, result };
  });
}

/** One batch of received changes while it grows. */
class ChangeReceiver {
  readonly #reception: Reception;
  readonly #refusals: Refusals;
  readonly #tree: TreeWrites;
  readonly #writes: ReceivedWrites;
  readonly #bounds: CollectionBounds;
  readonly #rules: Rules;
  readonly #exceptions = new Map<Gid, Exception | undefined>();
  readonly #conflicts: FoundConflicts;
  readonly #ground: Ground;
  readonly #standings: Standings;
  /** Objects whose place is checked when all of the message is written. */
  readonly #placed = new Set<Gid>();
  readonly #claims: Claims;

  constructor(reception: Reception, head: Position) {
    const { context, publication } = reception;
    this.#reception = reception;
    this.#refusals = new Refusals(publication.id, context.clock);
    this.#tree = new TreeWrites(context.store);
    const { collection, root } = publication;
    this.#bounds = new CollectionBounds({ reader: context.store, tree: this.#tree, collection, root, head: head.seq });
    this.#rules = rulesOf(reception, head);
    const { now } = this.#rules;
    this.#writes = new ReceivedWrites({ tree: this.#tree, collection, head, now });
    this.#ground = {
      reader: context.store,
      tree: this.#tree,
      names: this.#writes.names,
      root: publication.root,
      now,
      ownEdit: () => this.#writes.ownEdit(),
      write: (version, edits) => this.#writes.add({ state: 'present', version, edits, origin: undefined }),
      note: (gid, note) => {
        this.#conflicts.note(gid, note);
      },
    };
    this.#standings = new Standings(reception, head, { ground: this.#ground, rules: this.#rules });
    this.#conflicts = new FoundConflicts(reception, now);
    this.#claims = new Claims(reception, head);
  }

  batch(): Batch {
    const { peer } = this.#reception.subscriber;
    const exceptions = [...this.#exceptions].map(([gid, exception]) => ({ peer, gid, exception }));
    return { writes: this.#tree.writes, exceptions, conflicts: this.#conflicts.found, log: this.#refusals.lines };
  }

  async receive(changes: readonly Change[], orphans: readonly Gid[], isFinal: boolean): Promise<ReceivedPackage> {
    const gids = changes.map((change) => change.gid);
    this.#bounds.admit(await this.#standings.load(gids));
    const outcomes: ItemOutcome[] = [];
    const between = freedBetween(changes, this.#reception.freeMemory);
    for (const change of await childrenFirst(this.#tree, changes)) {
      const freed = between(change);
      if (freed !== undefined) await freed;
      outcomes.push(await this.#receiveOne(change));
    }
    // What closes a ring is a move, never what is new: so the moves are looked at first.
    const isNew = (gid: Gid): boolean => this.#standings.isNew(gid);
    const placed = [...this.#placed].sort((a, b) => Number(isNew(a)) - Number(isNew(b)));
    let missing: readonly Gid[] = [...orphans, ...(await checkPlacement(placed, this.#ground))];
    if (isFinal) {
      await settleOrphans(missing, this.#ground);
      missing = [];
    }
    await this.#conflicts.leaveOutRepeated();
    await this.#conflicts.closeEqual(this.#tree, gids);
    return { outcomes, orphans: missing, ...this.#writes.counts };
  }

  async #receiveOne(change: Change): Promise<ItemOutcome> {
    const { gid } = change;
    if (change.kind === 'have') return this.#claimed(gid, change.claim);
    if (!this.#reception.mayPush) return { gid, code: StatusCode.PermissionDenied };
    const { context, subscriber } = this.#reception;
    const named = await namedConflicts(context.store, subscriber.peer, change.closes);
    const { closing } = named;
    this.#conflicts.settle(closing);
    if (this.#standings.isElsewhere(gid)) return { gid, code: StatusCode.Forbidden };
    // That something left is told from here, and comes back only from a sync that was broken off: it deletes nothing.
    if (change.kind === 'close' || change.kind === 'leave') return { gid, code: StatusCode.Ok };
    const received = await receivedBefore(this.#standings.evidence(gid));
    const { epoch, isRefresh } = this.#reception;
    // In a refresh, what was sent before is sent again on purpose.
    if (received?.epoch === epoch && change.number <= received.number && !isRefresh) {
      // The place that it was given may not have been looked at before: the process may have ended between two commits.
      this.#placed.add(gid);
      const { holds, ...before } = received;
      if (before.outcome !== this.#standings.revision(gid)?.seq)
        this.#exceptions.set(gid, { reason: 'received', holds, received: before });
      return this.#answer(gid, StatusCode.Ok, false);
    }
    return this.#decide(change, { received, named });
  }

  async #decide(
    change: Put | Removal,
    known: { readonly received: ReceivedBefore | undefined; readonly named: NamedConflicts },
  ): Promise<ItemOutcome> {
    const { gid } = change;
    const named = await findBase(this.#standings.evidence(gid), change.base);
    const { received } = known;
    const isPending =
      received !== undefined &&
      received.epoch === this.#reception.epoch &&
      (change.base?.position ?? 0) < received.outcome;
    const base = isPending ? await pendingBase(this.#standings.evidence(gid), received, named) : named;
    const read = change.kind === 'put' ? await this.#read(change, named) : change;
    if ('code' in read) return read;
    const kept = await keptGid(this.#ground, gid);
    if (kept !== undefined) return this.#receiveRenamed(read, { kept, base, conflicts: known.named });
    const standing = await this.#standings.of(change, base, known.named);
    if (read.kind !== 'put') return this.#receiveRemoval(read, standing);
    return this.#settle(read, await this.#judge(read, read.incoming, { standing, base }), read.incoming);
  }

  /** The change with what it makes of the version that it names; an answer, where that cannot be told, or may not be. */
  async #read(change: Put, { version }: BaseFound): Promise<ReadPut | ItemOutcome> {
    const { gid } = change;
    const read = readChange(change, version, this.#rules.limits);
    if (read.outcome === 'needs-document') return { gid, code: StatusCode.IncompleteCommand };
    if (read.outcome === 'refused') return { gid, code: this.#refusals.add(change, read) };
    const isWithin = await this.#bounds.allowsBelow(read.version.parent);
    return isWithin ? { ...change, incoming: read.version } : { gid, code: StatusCode.Forbidden };
  }

  /**
   * A leaf's change of what was given another gid here, when this site met its own publisher: it is made where the object is now. The leaf is told that what it has
   * left, and gets the other (engine.md §1).
   */
  async #receiveRenamed(
    change: ReadPut | Removal,
    { kept, base, conflicts }: { readonly kept: Gid; readonly base: BaseFound; readonly conflicts: NamedConflicts },
  ): Promise<ItemOutcome> {
    const { gid, number } = change;
    const { epoch } = this.#reception;
    const incoming = change.kind === 'put' ? change.incoming : undefined;
    // A move below itself, under the other gid, can only be asked about.
    const isRing = incoming?.parent === kept;
    const start = isRing ? base : await this.#standings.startOf(change, base);
    const before = start.version && (await withKeptGids(this.#ground, start.version));
    const standing = apart(
      await this.#standings.of({ ...change, gid: kept }, { ...start, version: before }, conflicts),
    );
    const decision =
      change.kind !== 'put'
        ? receiveDeletionHere(change.edits, standing, this.#rules)
        : await this.#judge(change, asCalledBefore(change.incoming, change.edits, before), { standing, base });
    if (decision.write !== undefined) this.#placed.add(kept);
    // What its maker did before under this gid need not have come.
    await this.#write({ ...change, gid: kept, number: 0 }, decision, false);
    const received = { epoch, number, outcome: this.#standings.revision(gid)?.seq ?? 0 };
    this.#exceptions.set(gid, { reason: 'received', holds: holdsVersion(incoming), received });
    return { gid, code: decision.code };
  }

  /** What stands below an object that has another gid here stands below that one. */
  async #judge(
    { edits, over }: Put,
    incoming: Version,
    { standing, base }: { readonly standing: StandingHere; readonly base: BaseFound },
  ): Promise<Received> {
    const stored = storedVersion(incoming, knownBase(base), this.#reception);
    if (this.#reception.isRefresh) return forSender(receiveRefresh({ version: stored, edits }), stored, incoming);
    const version = await withKeptGids(this.#ground, stored);
    const received = forSender(receiveVersionHere({ version, edits, over }, standing, this.#rules), stored, incoming);
    return version === stored ? received : { ...received, isExact: false, isEquivalent: false };
  }

  async #receiveRemoval(change: Removal, standing: StandingHere): Promise<ItemOutcome> {
    const willDelete = standing.present !== undefined;
    if (willDelete && this.#writes.counts.deleted >= this.#reception.deletionsLeft) return this.#brake(change);
    return this.#settle(change, receiveDeletionHere(change.edits, standing, this.#rules), undefined);
  }

  /** One deletion too many: the object stays here, and is not given back to who deleted it. */
  #brake({ gid }: Removal): ItemOutcome {
    if (!this.#standings.isRemembered(gid)) {
      const seq = this.#standings.revision(gid)?.seq ?? 0;
      this.#exceptions.set(gid, { reason: 'held', holds: { kind: 'revision', seq } });
    }
    return { gid, code: StatusCode.OperationCancelled };
  }

  /** Writes what was decided, and remembers what the subscriber holds where the log does not say it. */
  async #settle(change: Put | Removal, decision: Received, incoming: Version | undefined): Promise<ItemOutcome> {
    const { gid, number } = change;
    const { epoch } = this.#reception;
    const hasLeft = change.kind === 'put' && change.hasLeft === true;
    const { write } = decision;
    const isExact = decision.isExact && !hasLeft;
    const outcome = write === undefined ? (this.#standings.revision(gid)?.seq ?? 0) : this.#writes.nextSeq;
    await this.#write(change, decision, isExact);
    const isInLog = isExact && write !== undefined;
    // That something which was never here is gone is nothing to remember.
    if (!isInLog && outcome > 0) {
      const isGone = write === undefined && this.#standings.revision(gid)?.state === 'deleted';
      const isHere = isExact && (incoming !== undefined || isGone);
      const holds: Held = isHere ? { kind: 'revision', seq: outcome } : holdsVersion(hasLeft ? undefined : incoming);
      const received = { epoch, number, outcome, ...unwritten(decision) };
      const equivalent = decision.isEquivalent === true ? { equivalent: true as const } : {};
      this.#exceptions.set(gid, { reason: 'received', holds, received, ...equivalent });
    } else if (this.#standings.isRemembered(gid)) this.#exceptions.set(gid, undefined);
    return this.#answer(gid, decision.code, isExact);
  }

  /** Writes what was decided about an object, and notes what does not stand. */
  async #write(change: Put | Removal, decision: Received, isExact: boolean): Promise<void> {
    const { gid } = change;
    const { write, notes } = decision;
    for (const note of notes) this.#conflicts.note(gid, note);
    if (write === undefined) return;
    const before = await this.#tree.current(gid);
    this.#writes.count(write.state, before === undefined);
    const version = fromCollection(write.version, this.#reception.publication.root);
    if (isPlacedAnew(before?.state === 'present' ? before.version : undefined, version)) this.#placed.add(gid);
    const from = await this.#standings.originOf(change, isExact);
    await this.#writes.add({ state: write.state, version, edits: storedEdits(decision), ...from });
  }

  async #answer(gid: Gid, code: StatusCode, isExact: boolean): Promise<ItemOutcome> {
    if (isExact) return { gid, code };
    const draft = await this.#tree.current(gid);
    const version =
      draft?.state === 'present' ? toCollection(draft.version, this.#reception.publication.root) : undefined;
    return { gid, code, digest: version && digestOfVersion(version) };
  }

  async #claimed(gid: Gid, claim: Claim): Promise<ItemOutcome> {
    const seq = this.#standings.revision(gid)?.seq ?? 0;
    const isOutside = seq > 0 && this.#standings.isAnother(gid);
    const draft = await this.#tree.current(gid);
    const { exception, ...answer } = await this.#claims.answer(gid, claim, { draft, seq, isOutside });
    if (exception !== undefined) this.#exceptions.set(gid, exception);
    return { gid, ...answer };
  }
}
