import type { Request } from 'express';
import { AuthenticityError } from '../errors/concord-error.ts';
import type { Credentials, SignInContext } from '../use-cases/administration/access.ts';
import { signIn } from '../use-cases/administration/access.ts';
import { actorByToken } from '../use-cases/administration/tokens.ts';
import type { Actor } from '../use-cases/site-context.ts';

/** What a 401 says: how to sign in, and that names and passwords are UTF-8 (RFC 7617, section 2.1). */
export const challenge = 'Basic realm="Concord", charset="UTF-8"';

/** Who sent the request: by user name and password, or by a token (RFC 6750, section 2.1). @throws AuthenticityError CON-A001 without or with wrong credentials, CON-A003 locked */
export async function signInRequest(context: SignInContext, request: Request): Promise<Actor> {
  const token = bearerToken(request);
  if (token !== undefined) return actorByToken(context, token);
  const credentials = readCredentials(request);
  if (credentials === undefined)
    throw new AuthenticityError('CON-A001', 'This address asks for user name and password');
  return signIn(context, credentials);
}

/** The token of a request; undefined where it has none. */
export function bearerToken({ headers }: Request): string | undefined {
  return /^bearer +([\w+/=.~-]+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** The user name ends at the first colon; a password may have more of them. Undefined for anything that is not HTTP Basic. */
function readCredentials(request: Request): Credentials | undefined {
  const match = /^basic +([\w+/=-]+) *$/i.exec(request.headers.authorization ?? '');
  const text = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  return { name: text.slice(0, colon), password: text.slice(colon + 1), address: request.ip ?? '' };
}
