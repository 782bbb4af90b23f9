import type { Gid } from '../../objects/gid.ts';
import type { Exception, Held } from '../../synchronization/exception.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import { statusesIn } from '../../synchronization/wire/read-commands.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { answersOf } from '../../synchronization/wire/statuses.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { holdsBesideRefused, holdsNow } from '../exchange/held-by-peer.ts';
import type { Outlook } from '../exchange/outlook.ts';
import type { RunningSync } from './running-sync.ts';
import { subscriberOutlook } from './subscriber-outlook.ts';

/**
 * What the publisher could not take in, or wants whole. What it merged comes back by itself. A comparison, too, starts from what both
 * last agreed on: else an old version of the publisher's would pass for an edit of this site.
 */
export async function hearStatuses(
  { context, services }: RunningSync,
  subscription: Subscription,
  { session, message }: { readonly session: SubscriberSession; readonly message: SyncMlMessage },
): Promise<HeardStatuses> {
  const query = services.query(subscription.query);
  const kind = session.kind === 'comparison' ? 'changes' : session.kind;
  const outlook = subscriberOutlook(context, subscription, { session: { ...session, kind }, query });
  const exceptions: { peer: number; gid: Gid; exception: Exception }[] = [];
  let isBraked = 0;
  for (const answer of answersOf(statusesIn(message))) {
    const exception = await exceptionFor(answer, outlook);
    if (exception?.reason === 'withheld' && exception.by === 'brake') isBraked += 1;
    if (exception !== undefined) exceptions.push({ peer: subscription.peer, gid: answer.gid, exception });
  }
  return { exceptions, isBraked };
}

interface HeardStatuses {
  readonly exceptions: readonly { readonly peer: number; readonly gid: Gid; readonly exception: Exception }[];
  readonly isBraked: number;
}

async function exceptionFor({ gid, code }: ItemAnswer, outlook: Outlook): Promise<Exception | undefined> {
  switch (code) {
    case StatusCode.IncompleteCommand:
      return { reason: 'wanted', holds: await holdsNow(outlook, gid) };
    case StatusCode.OperationCancelled:
      return { reason: 'withheld', by: 'brake', holds: await holdsDeleted(outlook, gid) };
    case StatusCode.PermissionDenied:
      return { reason: 'withheld', by: 'right', holds: await holdsBesideRefused(outlook, gid) };
    case StatusCode.Forbidden:
    case StatusCode.EntityTooLarge:
    case StatusCode.UnsupportedMediaType:
    case StatusCode.SizeMismatch:
    case StatusCode.CommandFailed:
      return { reason: 'refused', code, holds: await holdsBesideRefused(outlook, gid) };
    default:
      return undefined;
  }
}

/**
 * What the publisher still has of an object whose deletion waits there: where they never agreed on one, and where it had taken in the deletion before it was restored, what was deleted
 * here.
 */
async function holdsDeleted(outlook: Outlook, gid: Gid): Promise<Held> {
  const { store, upTo } = outlook;
  const holds = await holdsNow(outlook, gid);
  const held = holds.kind === 'revision' ? await store.revision(holds.seq) : undefined;
  if (holds.kind === 'version' || held?.state === 'present') return holds;
  const history = await store.history(gid, { before: upTo + 1, limit: 2 });
  const last = history.find(({ state }) => state === 'present');
  return last === undefined ? holds : { kind: 'revision', seq: last.seq };
}
