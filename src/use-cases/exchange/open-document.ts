import type { PeerNumber } from '../../objects/revision.ts';
import type { PartialDocument } from '../../synchronization/subscription.ts';
import type { ReadSync } from '../../synchronization/wire/read-commands.ts';
import { endsDocument, readSync } from '../../synchronization/wire/read-commands.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { defaultXmlLimits } from '../../xml/limits.ts';
import type { SiteContext } from '../site-context.ts';

/** From whom a message comes, the epoch of its sender's log, and the document that is on its way in pieces. */
interface Sender {
  readonly peer: PeerNumber;
  readonly epoch: string;
  readonly partial: PartialDocument | undefined;
}

/**
 * Reads the changes of a message, its pieces joined to those that are kept. These are read only for the last one, and nobody holds them beside the document that they
 * make. @throws ProtocolError CON-S001
 */
export async function readIncoming(
  { store, xmlLimits = defaultXmlLimits }: Pick<SiteContext, 'store' | 'xmlLimits'>,
  message: SyncMlMessage,
  { peer, epoch, partial }: Sender,
): Promise<ReadSync> {
  const pieces = endsDocument(message, partial) ? await store.pieces(peer) : [];
  return readSync(message, epoch, { partial, pieces, maxOctets: xmlLimits.maxOctets });
}
