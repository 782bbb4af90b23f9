import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { PeerNumber, Revision, RevisionDraft } from '../../objects/revision.ts';
import { historyLimit } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion, isSameVersion } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { Base, Put, Removal } from '../../synchronization/change.ts';
import { lastCommon } from '../../synchronization/common-version.ts';
import type { Exception } from '../../synchronization/exception.ts';
import type { Behind, StandingHere } from '../../synchronization/hidden-here.ts';
import { behindOf } from '../../synchronization/hidden-here.ts';
import type { Rules } from '../../synchronization/standing.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { NamedConflicts } from './close-conflicts.ts';
import type { Ground } from './placement.ts';
import { liveChild } from './placement.ts';
import type { BaseFound, Evidence } from './received-before.ts';
import { knownBase } from './received-before.ts';
import type { Reception } from './reception.ts';

/** What is known of the objects of a message before it is received. */
interface OnHand {
  readonly revisions: ReadonlyMap<Gid, Revision>;
  readonly changes: ReadonlyMap<Gid, StoredChange>;
  readonly exceptions: ReadonlyMap<Gid, Exception>;
}

/** What the publisher has of the objects of one message, and remembers of them: as it was before the message, and with what the batch has written so far. */
export class Standings {
  readonly #reception: Reception;
  readonly #head: Position;
  readonly #ground: Ground;
  readonly #rules: Rules;
  #above: Promise<ReadonlySet<PeerNumber>> | undefined;
  #subscriptions: Promise<readonly Subscription[]> | undefined;
  #onHand: OnHand = { revisions: new Map(), changes: new Map(), exceptions: new Map() };

  constructor(
    reception: Reception,
    head: Position,
    { ground, rules }: { readonly ground: Ground; readonly rules: Rules },
  ) {
    this.#reception = reception;
    this.#head = head;
    this.#ground = ground;
    this.#rules = rules;
  }

  /** Reads at once what there is of all objects of the message; returns those that are, or were, in the collection. */
  async load(gids: readonly Gid[]): Promise<Iterable<Gid>> {
    const { context, publication, subscriber } = this.#reception;
    const { store } = context;
    const revisions = await this.#ground.tree.preload(gids);
    const isEmpty = revisions.size === 0;
    const changes = isEmpty
      ? new Map<Gid, StoredChange>()
      : await store.changesOf(publication.collection, revisions, this.#head.seq);
    const exceptions =
      (await store.countExceptions(subscriber.peer)) > 0
        ? await store.exceptions(subscriber.peer, { gids })
        : new Map<Gid, Exception>();
    this.#onHand = { revisions, changes, exceptions };
    return changes.keys();
  }

  /** The newest before the message. */
  revision(gid: Gid): Revision | undefined {
    return this.#onHand.revisions.get(gid);
  }

  isNew(gid: Gid): boolean {
    return !this.#onHand.revisions.has(gid);
  }

  /** What stands or stood at this site has only the gid: it was never in the collection. */
  isAnother(gid: Gid): boolean {
    return !this.isNew(gid) && !this.#onHand.changes.has(gid);
  }

  /** Another stands at this site, in the way. */
  isElsewhere(gid: Gid): boolean {
    return this.isAnother(gid) && this.revision(gid)?.state !== 'deleted';
  }

  /** Whether something is remembered of it for the subscriber. */
  isRemembered(gid: Gid): boolean {
    return this.#onHand.exceptions.has(gid);
  }

  /** By what it is told which of its changes were received before, and on what they are based. */
  evidence(gid: Gid): Evidence {
    const { context, publication, subscriber } = this.#reception;
    const revision = this.revision(gid);
    const change = this.#onHand.changes.get(gid);
    return {
      gid,
      store: context.store,
      root: publication.root,
      subscriber,
      revision,
      isOnly: change !== undefined && change.revision.seq === revision?.seq && change.precededBy === undefined,
      exception: this.#onHand.exceptions.get(gid),
      storing: this.#reception,
    };
  }

  /** What a change of the object meets, now that those before it in the message are written. */
  async of(change: Put | Removal, base: BaseFound, named: NamedConflicts): Promise<StandingHere> {
    const { gid, kind } = change;
    const { publication, subscriber } = this.#reception;
    const { tree } = this.#ground;
    const draft = this.isAnother(gid) ? tree.drafted(gid) : await tree.current(gid);
    const here = draft && toCollection(draft.version, publication.root);
    const present = draft?.state === 'present' ? here : undefined;
    const isOverruling = change.edits.overruled !== undefined;
    const isStraight = present !== undefined && base.isKnown && isSameVersion(base.version, present) && !isOverruling;
    const needsHistory = draft !== undefined && (!isStraight || this.#rules.updatePolicy !== 'ASK');
    const mayHide = present !== undefined && (await this.#mayHide(change));
    const relative = needsHistory || mayHide ? await this.#history(gid) : [];
    const history = needsHistory ? relative : [];
    const oldest = history.at(-1);
    const behind = mayHide ? await this.#behind(change, { present, base }, relative) : undefined;
    const start = behind === undefined ? startOf(change, base, history) : base;
    const child = kind !== 'put' && present !== undefined ? await liveChild(this.#ground, gid) : undefined;
    return {
      present,
      last: present === undefined ? here : undefined,
      base: start.version,
      isBaseKnown: start.isKnown,
      knownDeletion: base.deletedAt,
      history,
      child: child?.edits.main,
      ...named,
      isSubscribersObject: oldest?.origin?.peer === subscriber.peer,
      behind,
    };
  }

  /** What a change starts from, by what stood here under the gid that it names. */
  async startOf(change: Put | Removal, base: BaseFound): Promise<BaseFound> {
    return startOf(change, base, await this.#history(change.gid));
  }

  /** Where what is made of a change comes from, as the log keeps it. */
  async originOf(change: Put | Removal, isExact: boolean): Promise<Pick<RevisionDraft, 'origin' | 'seen'>> {
    const { epoch, subscriber } = this.#reception;
    const origin = { peer: subscriber.peer, epoch, number: change.number, isExact };
    const seen = await this.#seenBefore(change);
    return { origin, ...(seen !== undefined && { seen }) };
  }

  /** An object's newest revisions, those of the batch among them, placed as the collection has them: it may come under two gids in one message. */
  async #history(gid: Gid): Promise<readonly Revision[]> {
    const { context, publication } = this.#reception;
    const written = this.#ground.tree.revisionsFrom(gid, this.#head);
    const log = [...written, ...(await context.store.history(gid, { limit: historyLimit }))];
    return log.map((one) => ({ ...one, version: toCollection(one.version, publication.root) }));
  }

  /** Up to where of this site's log the maker of a change had it, where something of the object has come from above since: so it is told when the change goes up (ADR 0038). */
  async #seenBefore({ gid, base }: Put | Removal): Promise<number | undefined> {
    const { store } = this.#reception.context;
    const seen = seenUpTo(base);
    if (seen === undefined || (this.revision(gid)?.seq ?? 0) <= seen) return undefined;
    this.#subscriptions ??= store.subscriptions();
    for (const { peer } of await this.#subscriptions)
      if ((await store.lastFrom(peer, gid, seen)) !== undefined) return seen;
    return undefined;
  }

  /** Whether this site has taken in something of the object from above, behind what the change starts from, that its conduit does not show. */
  async #mayHide({ gid, base }: Put | Removal): Promise<boolean> {
    const { store } = this.#reception.context;
    for (const peer of await this.#peersAbove()) {
      const last = await store.lastFrom(peer, gid, this.#seenUpTo(base));
      if (last?.shadow !== undefined) return true;
    }
    return false;
  }

  /** The place that a change names, where it is one of this log. */
  #seenUpTo(base: Base | undefined): number | undefined {
    return this.#reception.namesLostLog ? 0 : seenUpTo(base);
  }

  async #behind(
    { base: named }: Put | Removal,
    { present, base }: { readonly present: Version; readonly base: BaseFound },
    history: readonly Revision[],
  ): Promise<Behind | undefined> {
    const peers = await this.#peersAbove();
    const isFromAbove = ({ origin, shadow }: Revision): boolean =>
      shadow !== undefined || (origin?.isExact === true && peers.has(origin.peer));
    const versions = { present, base: knownBase(base) };
    const { namesLostLog } = this.#reception;
    const seen = { seen: this.#seenUpTo(named), isCarriedOver: !namesLostLog && named?.seen !== undefined };
    return behindOf(versions, { history, ...seen, isFromAbove }, this.#rules);
  }

  /** What a site does not show of an object it has from those that it subscribes to; of none, where it shows all. */
  async #peersAbove(): Promise<ReadonlySet<PeerNumber>> {
    const { store } = this.#reception.context;
    this.#above ??= store.hasShadows().then(async (hides) => {
      if (!hides) return new Set();
      this.#subscriptions ??= store.subscriptions();
      return new Set((await this.#subscriptions).map(({ peer }) => peer));
    });
    return this.#above;
  }
}

/** What a change starts from: what it names, or what its sender has come to since as this site has (ADR 0039). */
function startOf(change: Put | Removal, base: BaseFound, history: readonly Revision[]): BaseFound {
  const named = change.base?.digest;
  const isNamed = named !== undefined && (!base.isKnown || (base.version && digestOfVersion(base.version)) === named);
  if (!isNamed || history.length === 0) return base;
  const result = change.kind === 'put' ? [change.result] : [];
  const common = lastCommon([...result, ...(change.over ?? []), named], history);
  return common === undefined ? base : { version: common, isKnown: true };
}

/** Up to where of this site's log the maker of a change had it, as far as the change says so. */
function seenUpTo(base: Base | undefined): number | undefined {
  const { seen, position = 0 } = base ?? {};
  return seen ?? (position > 0 ? position : undefined);
}
