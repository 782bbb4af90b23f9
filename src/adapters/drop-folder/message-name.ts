import { createHash } from 'node:crypto';
import type { MessageRoute } from '../../ports/transport.ts';

/** What a file name says of the message in it. */
export interface MessageName {
  readonly publication: string;
  readonly subscription: string;
  readonly session: string;
  readonly message: number;
}

const maxLabelLength = 40;
const messageDigits = 6;
const pattern = /^\d{8}T\d{9}Z\.([\w-]+)\.([\w-]+)\.([\w-]+)\.(\d+)\.syncml$/;

/**
 * A name as a part of a file name that every file system takes: what can be read of it, cut, and a hash that tells it from others that read the same.
 */
export function labelOf(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const readable = name.replace(/^\w+:\/*/, '').replace(/[^A-Za-z0-9]+/g, '-');
  return `${readable.replace(/^-|-$/g, '').slice(-maxLabelLength)}-${hash}`;
}

/** `TIME.PUBLICATION.SUBSCRIPTION.SESSION.MESSAGE.syncml`: sorts by time, and has no character that a stick does not take. */
export function nameOfMessage(route: MessageRoute, at: number): string {
  const time = new Date(at).toISOString().replace(/[-:.]/g, '');
  const who = `${labelOf(route.publication)}.${labelOf(route.subscription)}`;
  return `${time}.${who}.${sessionLabel(route.session)}.${String(route.message).padStart(messageDigits, '0')}.syncml`;
}

/** What a file name says; undefined for a file that is none of ours. */
export function readMessageName(name: string): MessageName | undefined {
  const [, publication, subscription, session, message] = pattern.exec(name) ?? [];
  if (publication === undefined || subscription === undefined || session === undefined) return undefined;
  return { publication, subscription, session, message: Number(message) };
}

/** Session ids of Concord sites stand there as they are. */
function sessionLabel(session: string): string {
  return /^[\w-]{1,64}$/.test(session) ? session : createHash('sha256').update(session).digest('hex').slice(0, 32);
}
