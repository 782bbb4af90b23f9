import { RequestError } from '../../errors/concord-error.ts';
import { isSamePosition } from '../../objects/position.ts';
import type { SubscriberSession } from '../../synchronization/subscription.ts';
import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import { StatusCode } from '../../syncml/status.ts';
import type { SiteContext } from '../site-context.ts';
import type { Refusal } from './refusal.ts';

/**
 * Looks whether the publisher has met another log under this installation's identity: it says where that ended when it last saw it, and an own log of the same
 * epoch that does not come through there is that of a copy, or of the original of one (engine.md §9).
 * @throws RequestError CON-E002
 */
export async function refuseForkedLog({ store }: SiteContext, { seenAt }: PublisherHello): Promise<void> {
  if (seenAt === undefined) return;
  const [head, there] = [await store.head(), await store.positionAt(seenAt.seq)];
  const isShorter = head.epoch === seenAt.epoch && head.seq < seenAt.seq;
  const isOther = there !== undefined && there.epoch === seenAt.epoch && !isSamePosition(there, seenAt);
  if (isShorter || isOther) throw copied();
}

/**
 * The publisher knows a later session than one that begins only now: another installation has opened it.
 * @throws RequestError CON-E002
 */
export function refuseOvertakenSession({ lastMessage }: SubscriberSession, { code, text }: Refusal): void {
  const isLate = code === StatusCode.Gone && text.startsWith('CON-S003 A later session');
  if (isLate && lastMessage === 1) throw copied();
}

function copied(): RequestError {
  return new RequestError('CON-E002', 'Another installation has synchronised as this one: one is a copy of the other');
}
