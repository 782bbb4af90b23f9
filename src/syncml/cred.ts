import type { Meta } from './meta.ts';

/** Who the sender is (SyncML Representation 1.2, Cred). */
export interface Cred {
  /** Type names the scheme, Format the encoding of the data. */
  readonly meta?: Meta;
  readonly data: string;
}

/** Which credentials the receiver wants (SyncML Representation 1.2, Chal). */
export interface Chal {
  readonly meta: Meta;
}

/** What a credential says. `unsupported`: another scheme, or one of ours that cannot be decoded; answered 401 with a challenge. */
export type Credential =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'unsupported'; readonly type: string };

/** The standard's scheme: base64 of `user:password` (SyncML Representation 1.2, "Authentication"). */
const basicType = 'syncml:auth-basic';

/**
 * Concord's scheme: the token that a pair of sites agreed on after first contact, as it is. The standard leaves further schemes to prior
 * agreement; a peer that never gave out a token never sees it.
 */
const tokenType = 'syncml:auth-x-concord-token';

/** The credential for first contact. User names cannot hold a `:`; passwords can. */
export function basicCred(user: string, password: string): Cred {
  return {
    meta: { format: 'b64', type: basicType },
    data: Buffer.from(`${user}:${password}`, 'utf8').toString('base64'),
  };
}

/** The credential of a pair of Concord sites that know each other. */
export function tokenCred(token: string): Cred {
  return { meta: { type: tokenType }, data: token };
}

/** The challenge for user name and password. */
export function basicChal(): Chal {
  return { meta: { format: 'b64', type: basicType } };
}

/** The challenge for the token that was given out. */
export function tokenChal(): Chal {
  return { meta: { type: tokenType } };
}

/**
 * What `cred` says; a credential without a type is a basic one, as ERP5 peers send it. It has not been checked against any account.
 */
export function readCred(cred: Cred): Credential {
  const type = cred.meta?.type ?? '';
  if (type === tokenType) return { kind: 'token', token: cred.data };
  if (type === basicType || type === '') return readBasic(cred.data);
  return { kind: 'unsupported', type };
}

/** The scheme that a challenge asks for. */
export function readChal(chal: Chal): 'basic' | 'token' | 'unsupported' {
  switch (chal.meta.type) {
    case tokenType:
      return 'token';
    case basicType:
      return 'basic';
    default:
      return 'unsupported';
  }
}

function readBasic(data: string): Credential {
  const text = decodeBase64(data);
  // The first colon ends the user name, so passwords keep theirs.
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon === -1) return { kind: 'unsupported', type: basicType };
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeBase64(data: string): string | undefined {
  const compact = data.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  try {
    return utf8.decode(Buffer.from(compact, 'base64'));
  } catch {
    // Not UTF-8, so no user name of ours: refused like a wrong one.
    return undefined;
  }
}
