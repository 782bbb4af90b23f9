import type { Edits } from '../../objects/edit.ts';
import { sameAsMain } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { RevisionDraft } from '../../objects/revision.ts';
import { historyLimit } from '../../objects/revision.ts';
import { isSameVersion, newVersion } from '../../objects/version.ts';
import type { Batch, SiteStore } from '../../ports/site-store.ts';
import type { Exception } from '../../synchronization/exception.ts';
import { holdsNothing } from '../../synchronization/exception.ts';
import { editThatSet } from '../../synchronization/fields.ts';
import { seenIn, withSeen } from '../../synchronization/seen-edits.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { StatusCode } from '../../syncml/status.ts';
import type { SiteContext } from '../site-context.ts';
import { TreeWrites } from '../objects/tree-writes.ts';
import { isDeletedHere } from './deleted-since.ts';

/** What is written when gids of the publisher are adopted. */
export interface Adoption extends Required<Pick<Batch, 'writes' | 'aliases' | 'exceptions'>> {
  /** Something was adopted, so that what this site named in the comparison has other names and places now. */
  readonly hasAdopted: boolean;
}

/** Who adopts, and what the publisher's log is called. */
export interface Adopting {
  readonly context: SiteContext;
  readonly subscription: Subscription;
  readonly publisherEpoch: string;
  /** This site's log as of which it has named its objects. */
  readonly namedAt: number;
  /** Where the log will end before what is written here. */
  readonly writtenAt: number;
}

/**
 * At a first meeting the publisher knows some objects of this site under gids of its own: those are adopted, with all that stands below, and the old ones kept as
 * aliases (engine.md §1, "First meeting"). The content is the same, so that nobody's edit is touched.
 */
export async function adoptTwins(adopting: Adopting, answers: readonly ItemAnswer[]): Promise<Adoption> {
  const { context, subscription } = adopting;
  const tree = new TreeWrites(context.store);
  const aliases: { readonly given: Gid; readonly kept: Gid }[] = [];
  const exceptions: { readonly peer: number; readonly gid: Gid; readonly exception: Exception }[] = [];
  const before = await tree.preload(
    answers.flatMap(({ gid, knownAs }) => (knownAs === undefined ? [] : [gid, knownAs])),
  );
  for (const { gid, code, knownAs, digest, madeBy } of answers) {
    if (code !== StatusCode.AlreadyExists || knownAs === undefined) continue;
    const own = await tree.current(gid);
    if (own?.state !== 'present') continue;
    const isHere = (await tree.current(knownAs))?.state === 'present';
    if (isHere || isDeletedHere(before.get(knownAs), subscription)) {
      // The publisher's object is here too, or was until somebody deleted it: ours is another one, and is sent as such.
      exceptions.push({ peer: subscription.peer, gid, exception: { reason: 'wanted', holds: holdsNothing } });
      continue;
    }
    const agreed = await rename(adopting, tree, { own, to: knownAs, madeBy });
    aliases.push({ given: gid, kept: knownAs });
    if (digest !== undefined) continue;
    const holds = { kind: 'revision', seq: adopting.writtenAt + agreed } as const;
    const exception: Exception = { reason: 'received', holds, received: { epoch: '', number: 0, outcome: 0 } };
    exceptions.push({ peer: subscription.peer, gid: knownAs, exception });
  }
  return { writes: tree.writes, aliases, exceptions, hasAdopted: aliases.length > 0 };
}

/** Returns which of the writes is the version that was named, under its new gid: both sides have it, so that it is the base of whatever was edited since. */
async function rename(
  { context, subscription, publisherEpoch, namedAt }: Adopting,
  tree: TreeWrites,
  { own, to, madeBy }: { readonly own: RevisionDraft; readonly to: Gid; readonly madeBy: Edits | undefined },
): Promise<number> {
  const receivedAt = context.clock.now();
  const { gid } = own.version;
  const children = await tree.childrenOf(gid);
  // Nobody's deletion, and nothing for the publisher, which never had the old gid.
  const origin = { peer: subscription.peer, epoch: publisherEpoch, number: 0, isExact: true };
  const unsent = { receivedAt, origin: undefined, shadow: undefined };
  await tree.add({ ...own, state: 'left', receivedAt, origin });
  const named = (await context.store.revisionAt(gid, namedAt)) ?? own;
  const edits = madeBy === undefined ? named.edits : await asPublishers(named, { madeBy, store: context.store });
  await tree.add({ ...named, edits, version: newVersion({ ...named.version, gid: to }), ...unsent });
  const agreed = tree.writes.length;
  if (!isSameVersion(named.version, own.version))
    await tree.add({ ...own, version: newVersion({ ...own.version, gid: to }), ...unsent });
  for (const child of children) {
    const edits = await whoPutItThere(context.store, child);
    await tree.add({ ...child, edits, version: newVersion({ ...child.version, parent: to }), ...unsent });
  }
  return agreed;
}

/** Equal edits are one (ADR 0030): what anybody makes of the object is made on top of the publisher's, and of the one that made it here, where that was a single one. */
async function asPublishers(
  named: RevisionDraft,
  { madeBy, store }: { readonly madeBy: Edits; readonly store: SiteStore },
): Promise<Edits> {
  const { main, others } = named.edits;
  const isOne = others.every(({ field }) => field === sameAsMain);
  const isSingle = isOne && (await store.history(named.version.gid, { limit: 2 })).length === 1;
  const own = isSingle ? [{ ...main, field: sameAsMain }, ...others] : seenIn([named]);
  return { ...named.edits, ...withSeen(madeBy, own) };
}

/** The edit that set where an object stands: its newest one may be about something else, and be known where that is not. */
async function whoPutItThere(store: SiteStore, { version, edits }: RevisionDraft): Promise<Edits> {
  const set = editThatSet(await store.history(version.gid, { limit: historyLimit }), 'parent');
  return set === undefined ? edits : { main: { id: set.id, at: set.at, by: set.by }, others: [] };
}
