import type { ConcordError } from '../../errors/concord-error.ts';
import { AuthenticityError, ProtocolError, RequestError, TransportError } from '../../errors/concord-error.ts';
import { statusesIn } from '../../synchronization/wire/read-commands.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';

/** Why the publisher did not take a message at all. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

/** The refusal in an answer, if it is one. @throws TransportError CON-T002 when it answers nothing */
export function refusalIn(message: SyncMlMessage): Refusal | undefined {
  const status = statusesIn(message).find((one) => one.cmd === 'SyncHdr');
  if (status === undefined) throw new TransportError('CON-T002', 'The address does not answer the message');
  return status.code < 300 ? undefined : { code: status.code, text: status.items?.[0]?.data ?? '' };
}

/** What a publisher says of a message that is not sealed as it wants it. */
const ofSeal = 'CON-A005';
/** And of an account that too many wrong passwords were tried for. */
const ofLock = 'CON-A003';

/** Whether a token was refused that the publisher does not know any more: it was revoked, or the publisher restored. The password is still good then. */
export function isUnknownToken({ code, text }: Refusal, { token }: { readonly token: string }): boolean {
  return code === StatusCode.InvalidCredentials && token !== '' && text !== ofSeal;
}

/** The error that a refusal ends a sync with. */
export function refusalError({ code, text }: Refusal): ConcordError {
  if (text === ofSeal)
    return new AuthenticityError(
      'CON-A005',
      'The publisher takes only messages that are sealed with a key that it trusts',
    );
  if (text === ofLock)
    return new AuthenticityError(
      ofLock,
      'The publisher has locked the account for a while: too many wrong passwords came from here',
      { retry: 'later' },
    );
  switch (code) {
    case StatusCode.InvalidCredentials:
    case StatusCode.MissingCredentials:
      return new AuthenticityError('CON-A004', 'The publisher refused user name or password');
    case StatusCode.Forbidden:
      return new AuthenticityError('CON-A004', 'The publisher does not let this account synchronise');
    case StatusCode.NotFound:
      return new RequestError('CON-R003', text.replace(/^CON-\w+ /, ''));
    case StatusCode.CommandNotAllowed:
      return new RequestError('CON-E002', 'The publisher sees two installations with one identity');
    case StatusCode.RetryLater:
      return new TransportError('CON-T005', `The publisher is busy: ${text}`, { retry: 'later' });
    default:
      for (const known of ['CON-E004', 'CON-E011'] as const)
        if (text.startsWith(`${known} `)) return new RequestError(known, text.slice(known.length + 1));
      return new ProtocolError('CON-S002', `The publisher ended the session: ${String(code)} ${text}`);
  }
}
