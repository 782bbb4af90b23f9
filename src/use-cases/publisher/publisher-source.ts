import type { Position } from '../../objects/position.ts';
import type { PublisherSession } from '../../synchronization/subscriber.ts';
import type { Outlook } from '../exchange/outlook.ts';
import type { MessageSource } from '../exchange/filling-ahead.ts';
import type { PublisherStep } from './publisher-step.ts';

/** What the answer leaves in the header for its own elements. */
const frameOctets = 4096;

/** What the publisher's next message of a session is filled from, with its log read as of one position. */
export function publisherSource(
  { context, services, publication, subscriber }: PublisherStep,
  at: { readonly session: PublisherSession; readonly readAt: Position; readonly outlook: Outlook },
): MessageSource {
  const { session, readAt, outlook } = at;
  const { cursor } = session;
  const room = Math.min(session.maxMessageOctets, services.maxMessageOctets) - frameOctets;
  const isBraked = session.brakedDeletions > 0;
  const { from, upTo, inFlightUpTo, hasReceived, peersEpoch } = outlook;
  const positions = [from, upTo, inFlightUpTo, hasReceived, peersEpoch];
  const settings = [subscriber.peer, subscriber.account, subscriber.terms, publication, room, isBraked];
  const key = JSON.stringify([context.site, session.id, cursor, positions, settings]);
  return { key, outlook, filling: { cursor, isBraked }, epoch: readAt.epoch, room };
}
