import { hash } from 'node:crypto';
import type { Request } from 'express';

/** The secret of a session. */
export const sessionCookie = 'concord-session';
/** A secret of the browser that the forms given to it are bound to. It outlives the session, so that a form filled in before signing in again can still be sent. */
export const formCookie = 'concord-form';

/** The value of a cookie; undefined when the browser did not send it. */
export function readCookie({ headers }: Pick<Request, 'headers'>, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** A Set-Cookie header that scripts cannot read and other sites' forms do not send; gone with the browser. An empty value drops the cookie. */
export function writeCookie({ secure }: Pick<Request, 'secure'>, name: string, value: string): string {
  const gone = value === '' ? '; Max-Age=0' : '';
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${gone}`;
}

/** What a form must bring back: of this browser, and of the account that it was made for. */
export function formToken(browserSecret: string, account: string): string {
  return hash('sha256', `form\n${browserSecret}\n${account}`, 'base64url');
}
