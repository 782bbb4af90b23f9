import { createHash, timingSafeEqual } from 'node:crypto';
import { AuthenticityError } from '../../errors/concord-error.ts';
import type { Actor } from '../site-context.ts';

/** Returns when the account may synchronise at all. @throws AuthenticityError CON-A002 */
export function requireSynchronizer(actor: Actor): void {
  const may = actor.roles.includes('Synchronizer') || actor.roles.includes('Manager');
  if (!may) throw new AuthenticityError('CON-A002', 'This account may not synchronise');
}

/** What is kept of a subscription's token: it has 256 random bits, so a fast hash is enough. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Whether both are the same, in a time that does not tell how much of them is. */
export function isSameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
