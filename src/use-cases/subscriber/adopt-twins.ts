import type { Gid } from '../../objects/gid.ts';
import type { RevisionDraft } from '../../objects/revision.ts';
import { newVersion } from '../../objects/version.ts';
import type { Batch } from '../../ports/site-store.ts';
import type { Exception } from '../../synchronization/exception.ts';
import { holdsNothing } from '../../synchronization/exception.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { StatusCode } from '../../syncml/status.ts';
import { childrenOf } from '../objects/descendants.ts';
import type { SiteContext } from '../site-context.ts';
import { TreeWrites } from '../objects/tree-writes.ts';

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
  for (const { gid, code, knownAs } of answers) {
    if (code !== StatusCode.AlreadyExists || knownAs === undefined) continue;
    const own = await tree.current(gid);
    if (own?.state !== 'present') continue;
    if ((await tree.current(knownAs))?.state === 'present') {
      // The publisher's object is here too: ours is another one, and is sent as such.
      exceptions.push({ peer: subscription.peer, gid, exception: { reason: 'wanted', holds: holdsNothing } });
      continue;
    }
    await rename(adopting, tree, { own, to: knownAs });
    aliases.push({ given: gid, kept: knownAs });
  }
  return { writes: tree.writes, aliases, exceptions, hasAdopted: aliases.length > 0 };
}

async function rename(
  { context, subscription, publisherEpoch }: Adopting,
  tree: TreeWrites,
  { own, to }: { readonly own: RevisionDraft; readonly to: Gid },
): Promise<void> {
  const receivedAt = context.clock.now();
  const { gid } = own.version;
  const children: RevisionDraft[] = [];
  for await (const { gid: child } of childrenOf(context.store, gid)) {
    const draft = await tree.current(child);
    if (draft?.state === 'present' && draft.version.parent === gid) children.push(draft);
  }
  // Nobody's deletion, and nothing for the publisher, which never had the old gid.
  const origin = { peer: subscription.peer, epoch: publisherEpoch, number: 0, isExact: true };
  await tree.add({ ...own, state: 'left', receivedAt, origin });
  await tree.add({ ...own, version: newVersion({ ...own.version, gid: to }), receivedAt, origin: undefined });
  for (const child of children)
    await tree.add({ ...child, version: newVersion({ ...child.version, parent: to }), receivedAt, origin: undefined });
}
