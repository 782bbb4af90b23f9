import { RequestError } from '../../errors/concord-error.ts';
import type { ListedLogLine, LogLine } from '../../ports/peer-reader.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { keptChanges } from '../exchange/kept-changes.ts';
import { requireRole } from './access.ts';

/** What a line of the log can be about. */
export const logKinds = [
  'sync',
  'conflict',
  'deletion',
  'access',
  'administration',
] as const satisfies LogLine['kind'][];

/** What an auditor asks for: who signed in, changed rights, settled conflicts, allowed deletions. */
export const auditKinds = ['conflict', 'deletion', 'access', 'administration'] as const satisfies LogLine['kind'][];

/**
 * One line of the log with all its details; for a sync, what it changed object by object, field by field.
 * @throws RequestError CON-R018 when there is none; AuthenticityError CON-A002 unless the actor is a Publisher
 */
export async function logEntry(
  { store }: Pick<SiteContext, 'store'>,
  actor: Actor,
  number: number,
): Promise<ListedLogLine> {
  requireRole(actor, 'Publisher');
  const line = await store.logLine(number);
  if (line === undefined) throw new RequestError('CON-R018', `The log has no line ${String(number)}`);
  const { span: _, ...details } = line.details;
  const changes = await keptChanges(store, line);
  return { ...line, details: changes === undefined ? details : { ...details, changes } };
}
