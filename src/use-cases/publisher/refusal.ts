import { AuthenticityError, ProtocolError, StoreError } from '../../errors/concord-error.ts';
import type { ConcordError } from '../../errors/concord-error.ts';
import { basicChal } from '../../syncml/cred.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { encodeMessage } from '../../syncml/xml/encode-message.ts';
import { headerStatus, replyHeader } from '../exchange/reply.ts';
import type { SiteContext } from '../site-context.ts';

/** The answer to a message that cannot be carried out: one Status, for its header. */
export function refusal(message: SyncMlMessage, cause: ConcordError): Uint8Array {
  const code = statusOf(cause, message.header.cred !== undefined);
  const chal =
    code === StatusCode.InvalidCredentials || code === StatusCode.MissingCredentials ? { chal: basicChal() } : {};
  const status = { ...headerStatus(message, '1', code), ...chal, items: [{ data: told(cause) }] };
  return new TextEncoder().encode(encodeMessage({ header: replyHeader(message), body: [status], isFinal: true }));
}

/** Nothing of credentials, and nothing of where things are stored here. */
function told(cause: ConcordError): string {
  if (cause instanceof AuthenticityError) return cause.code;
  const text = cause instanceof StoreError ? cause.remedy.replace(/\..*/s, '') : cause.message;
  return `${cause.code} ${text}`;
}

function statusOf(cause: ConcordError, hasCredentials: boolean): StatusCode {
  if (cause.code === 'CON-A002') return StatusCode.Forbidden;
  // Names are locked as they are typed, whether there is such an account or not: that one is locked tells a stranger nothing.
  if (cause.code === 'CON-A003') return StatusCode.RetryLater;
  if (cause instanceof AuthenticityError)
    return hasCredentials ? StatusCode.InvalidCredentials : StatusCode.MissingCredentials;
  if (cause.code === 'CON-R003') return StatusCode.NotFound;
  if (cause.code === 'CON-S003') return StatusCode.Gone;
  if (cause.code === 'CON-E002') return StatusCode.CommandNotAllowed;
  // A disk that is full there is made room on by somebody: nothing is to be corrected here.
  if (cause.retry === 'later' || cause.code === 'CON-D002') return StatusCode.RetryLater;
  return cause instanceof ProtocolError ? StatusCode.BadRequest : StatusCode.CommandFailed;
}

/** Writes down why a message was refused, unless it is of the moment. */
export async function recordRefusal(context: SiteContext, message: SyncMlMessage, cause: ConcordError): Promise<void> {
  if (cause.retry === 'later') return;
  await context.store.record({
    at: context.clock.now(),
    kind: cause instanceof AuthenticityError ? 'access' : 'sync',
    level: 'warning',
    subject: message.header.source.locUri,
    text: `A message of ${message.header.source.locUri} was refused: ${cause.message}`,
    details: { code: cause.code, session: message.header.sessionId },
  });
}
