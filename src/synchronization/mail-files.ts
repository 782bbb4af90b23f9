/** Where a file of a mail belongs: a whole message, or one of its parts. */
export interface MailFileName {
  /** The beginning of the SHA-256 of the whole, in hexadecimal digits. */
  readonly digest: string;
  /** Counted from 1. */
  readonly part: number;
  readonly parts: number;
}

const digestLength = 32;
const maxParts = 1000;
const pattern = /^concord-([0-9a-f]{32})-(\d{1,4})of(\d{1,4})\.syncml(?:\.gz|\.pgp)?$/;

/** The name of a file with a message in it, or a part of one. It says all that is needed to join them, because headers do not survive every server. */
export function mailFileName({ digest, part, parts }: MailFileName, extension: '' | '.gz' | '.pgp'): string {
  return `concord-${digest.slice(0, digestLength)}-${part}of${parts}.syncml${extension}`;
}

/** Undefined for a file that is none of ours. */
export function readMailFileName(name: string): MailFileName | undefined {
  const [, digest, part, parts] = pattern.exec(name) ?? [];
  if (digest === undefined) return undefined;
  const found = { digest, part: Number(part), parts: Number(parts) };
  const isPossible = found.part >= 1 && found.part <= found.parts && found.parts <= maxParts;
  return isPossible ? found : undefined;
}

/** Cuts octets into pieces of at most that many. */
export function cutInto(octets: Uint8Array, pieceOctets: number): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += pieceOctets) pieces.push(octets.subarray(at, at + pieceOctets));
  return pieces.length === 0 ? [octets] : pieces;
}

/** The address in a `mailto:` URL, in small letters; undefined when it is none, or has more than an address. */
export function mailAddress(url: string): string | undefined {
  const [, address] = /^mailto:([^\s@<>()",;:?&%\\]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,250})$/i.exec(url) ?? [];
  return address?.toLowerCase();
}
