import type { PeerNumber } from '../../objects/revision.ts';
import type { PartialDocument } from '../../synchronization/subscription.ts';
import type { OpenDocument } from '../../synchronization/wire/read-commands.ts';
import { endsDocument } from '../../synchronization/wire/read-commands.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { defaultXmlLimits } from '../../xml/limits.ts';
import type { SiteContext } from '../site-context.ts';

/** What a message's pieces are joined to. The kept pieces are read only for the last one. */
export async function openDocument(
  { store, xmlLimits = defaultXmlLimits }: Pick<SiteContext, 'store' | 'xmlLimits'>,
  message: SyncMlMessage,
  { peer, partial }: { readonly peer: PeerNumber; readonly partial: PartialDocument | undefined },
): Promise<OpenDocument> {
  const pieces = endsDocument(message, partial) ? await store.pieces(peer) : [];
  return { partial, pieces, maxOctets: xmlLimits.maxOctets };
}
