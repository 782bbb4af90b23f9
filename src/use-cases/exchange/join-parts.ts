import { ProtocolError } from '../../errors/concord-error.ts';
import type { SiteContext } from '../site-context.ts';

/** A file that came in a mail as one of several. */
export interface FilePart {
  /** That of the whole file. */
  readonly digest: string;
  readonly part: number;
  readonly parts: number;
  readonly octets: Uint8Array;
}

/** A file all parts of which are there. */
export interface JoinedFile {
  readonly octets: Uint8Array;
  /** As what its parts are kept, until they are dropped. */
  readonly keptAs: string;
}

type Keeping = Pick<SiteContext, 'parts' | 'clock'>;

const partsKeptMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Keeps the part; all parts together, when none is missing any more. They stay kept until `dropParts`: a mail server that cannot get rid of the last part brings
 * that one again, and no other.
 */
export async function joinParts(
  { parts: store, clock }: Keeping,
  { digest, part, parts, octets }: FilePart,
  maxOctets: number,
): Promise<JoinedFile | undefined> {
  if (store === undefined) throw new ProtocolError('CON-M001', 'Mails in parts are not taken here');
  const now = clock.now();
  const kept = await store.dropOlderParts(now - partsKeptMs);
  const keptAs = `${digest}/${parts}`;
  // Whoever sends parts without end must not fill the disk; what was kept is sent again in its time.
  if (kept + octets.length > maxOctets * 2) {
    await store.dropOlderParts(now + 1);
    throw new ProtocolError('CON-M001', 'Too many parts of messages are waiting for others; they were dropped');
  }
  await store.addPart(keptAs, { part, octets }, now);
  const there = await store.parts(keptAs);
  if (there.length < parts) return undefined;
  return { octets: Buffer.concat(there.map((each) => each.octets)), keptAs };
}

/** What was joined has been dealt with. */
export async function dropParts({ parts }: Keeping, keptAs: string | undefined): Promise<void> {
  if (keptAs !== undefined) await parts?.dropParts(keptAs);
}
