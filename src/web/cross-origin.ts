import type { Request } from 'express';
import { RequestError } from '../errors/concord-error.ts';

/**
 * Refuses what a page of another site makes a browser send: the browser would add the user name and password that it remembers. Programs send neither header
 * and pass. Asked for whatever changes something.
 * @throws RequestError CON-W006
 */
export function refuseOtherOrigins(request: Request): void {
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  const isOther =
    site === undefined ? origin !== undefined && !isOwn(origin, request) : site !== 'same-origin' && site !== 'none';
  if (isOther) throw new RequestError('CON-W006', `A page of ${origin ?? 'another site'} may not ask for this`);
}

function isOwn(origin: string, { host }: Request): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
