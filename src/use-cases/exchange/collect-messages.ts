import { ConcordError, ProtocolError } from '../../errors/concord-error.ts';
import type { BoxAddress, BoxedMessage, MessageBox } from '../../ports/message-box.ts';
import { schemeOf } from '../../synchronization/carried.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { SiteContext } from '../site-context.ts';
import type { SyncReport } from '../subscriber/run-sync.ts';
import type { Reception } from './receive-message.ts';
import { receiveMessage } from './receive-message.ts';

/** What it takes to fetch messages. */
export interface Collecting extends Reception {
  readonly box: MessageBox;
  readonly maxOctets: number;
}

/** What was fetched: how many messages, and what the last of them did to the subscription that was asked for. */
export interface Collected {
  readonly count: number;
  readonly report: SyncReport | undefined;
}

/** A file that somebody still copies grows; one that was cut stays as it is. */
const stillCopiedMs = 60_000;

/**
 * Fetches the messages for this site that lie in its drop folders, and takes them in; with a subscription only those for it. What has been taken in goes. What cannot
 * be read is set aside, once nobody can still be copying it; what comes at a bad moment stays for the next time.
 */
export async function collectMessages(
  context: SiteContext,
  collecting: Collecting,
  only?: Subscription,
): Promise<Collected> {
  let count = 0;
  let report: SyncReport | undefined;
  const failures: unknown[] = [];
  const places = only === undefined ? await placesOf(context, collecting.box) : placesOfSubscription(only);
  for (const { box, isOurs } of places) {
    for (const message of (await collecting.box.list(box)).filter(isOurs)) {
      collecting.signal?.throwIfAborted();
      // A message that cannot be taken in now must not hold up those behind it.
      const taken = await takeIn(context, collecting, { box, message }).catch((cause: unknown) => {
        if (!isOfTheMoment(cause)) failures.push(cause);
      });
      if (taken === undefined) continue;
      count += 1;
      report = taken.report ?? report;
    }
  }
  if (failures.length > 0) throw failures[0];
  return { count, report };
}

interface Place {
  readonly box: BoxAddress;
  readonly isOurs: (message: BoxedMessage) => boolean;
}

async function placesOf({ store }: SiteContext, box: MessageBox): Promise<readonly Place[]> {
  const publications = (await store.publications()).filter(({ url }) => isFolder(url));
  const labels = new Map<string, Set<string>>();
  for (const { id, url } of publications) labels.set(url, (labels.get(url) ?? new Set()).add(box.labelOf(id)));
  const requests = [...labels].map(([url, known]) => ({
    box: { url, kind: 'request' as const },
    isOurs: ({ publication }: BoxedMessage) => known.has(publication),
  }));
  return [...requests, ...(await store.subscriptions()).flatMap(placesOfSubscription)];
}

function placesOfSubscription({ publicationUrl, state }: Subscription): readonly Place[] {
  const { session } = state;
  if (session === undefined || !isFolder(publicationUrl)) return [];
  const isOurs = (message: BoxedMessage): boolean => message.session === session.id;
  return [{ box: { url: publicationUrl, kind: 'answer' }, isOurs }];
}

function isFolder(url: string): boolean {
  return schemeOf(url) === 'file';
}

interface Found {
  readonly box: BoxAddress;
  readonly message: BoxedMessage;
}

async function takeIn(
  context: SiteContext,
  collecting: Collecting,
  { box, message }: Found,
): Promise<{ readonly report: SyncReport | undefined } | undefined> {
  try {
    // Nobody here holds on to the octets: they go while the message is taken in.
    const received = await collecting.box
      .read(box, message.name, collecting.maxOctets)
      .then((body) => receiveMessage(context, { body, replyTo: box.url }, collecting));
    await collecting.box.remove(box, message.name);
    return { report: received.outcome === 'went-on' ? received.report : undefined };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    await setAside(context, collecting, { box, message, cause });
    return undefined;
  }
}

/** It stays where it is, and is tried again with the next look. */
function isOfTheMoment(cause: unknown): boolean {
  return cause instanceof ConcordError && cause.retry === 'later';
}

async function setAside(
  context: SiteContext,
  collecting: Collecting,
  { box, message, cause }: Found & { readonly cause: ProtocolError },
): Promise<void> {
  const now = context.clock.now();
  if (message.changedAt > now - stillCopiedMs && message.changedAt <= now) return;
  await collecting.box.setAside(box, message.name);
  await context.store.record({
    at: now,
    kind: 'sync',
    level: 'warning',
    subject: box.url,
    text: `The message ${message.name} cannot be read and was set aside: ${cause.message}`,
    details: { code: cause.code },
  });
}
