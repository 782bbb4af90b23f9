import { hash } from 'node:crypto';

declare const digest: unique symbol;

/** SHA-256 of a canonical text, in base64url: 43 characters. */
export type Digest = string & { readonly [digest]: true };

const FORM = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** The digest of a text in UTF-8; the text must be canonical for digests to be comparable. */
export function digestOfText(canonical: string): Digest {
  // Holds: the one-shot hash gives exactly the form that the type names.
  return hash('sha256', canonical, 'base64url') as Digest;
}

/** The digest that a peer or the store has written; undefined when the text is none. */
export function parseDigest(text: string): Digest | undefined {
  // Holds: the form has just been checked.
  return FORM.test(text) ? (text as Digest) : undefined;
}
