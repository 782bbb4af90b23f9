import type { SiteStore } from '../../ports/site-store.ts';
import { openingAlert } from '../../synchronization/wire/read-commands.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import type { KeyOwner, Seal } from '../exchange/seals.ts';

/**
 * How a refusal is sealed: for whoever has signed what is refused, whether it is known here otherwise or not, because a subscriber that seals believes nothing in clear.
 * Undefined where no account has signed it, or the publication is not sealed. Where the message does not say of which publication it is, all keys sign.
 */
export async function sealOfRefusal(
  store: SiteStore,
  message: SyncMlMessage,
  sealedBy: readonly string[] | undefined,
): Promise<Seal | undefined> {
  const owner = sealedBy?.find(isAccount);
  if (owner === undefined) return undefined;
  const id = openingAlert(message)?.items[0]?.target?.locUri;
  const named = id === undefined ? undefined : await store.publication(id);
  const publications = named === undefined ? await store.publications() : [named];
  const keyNames = [...new Set(publications.map(({ keyName }) => keyName))].filter((keyName) => keyName !== '');
  return keyNames.length === 0 ? undefined : { keyNames, owner };
}

function isAccount(owner: string): owner is KeyOwner {
  return owner.startsWith('account:');
}
