import { basicCred, tokenCred } from '../../syncml/cred.ts';
import type { Cred } from '../../syncml/cred.ts';
import { AlertCode } from '../../syncml/alert.ts';
import type { Command, SyncHdr, SyncMlMessage } from '../../syncml/message.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { Tally } from '../../synchronization/tally.ts';
import type { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import { encodeMessage } from '../../syncml/xml/encode-message.ts';
import type { Vault } from '../../ports/vault.ts';
import { numberOfChanges } from '../exchange/number-of-changes.ts';

/** What stands in a stored message where the credential goes when it is sent: secrets are never at rest in clear (design.md §9). */
const credentialMark = '@@credential@@';

/** The header of a subscriber's message, with a mark where its credential goes. */
export function subscriberHeader(
  subscription: Subscription,
  ids: { readonly session: string; readonly message: number },
  maxMessageOctets: number,
): SyncHdr {
  const { type, format } = (subscription.token === '' ? basicCred('', '') : tokenCred('')).meta ?? {};
  return {
    verDtd: '1.2',
    verProto: 'SyncML/1.2',
    sessionId: ids.session,
    msgId: ids.message,
    target: { locUri: subscription.publicationUrl },
    source: { locUri: subscription.subscriptionUrl },
    cred: {
      meta: { ...(format !== undefined && { format }), ...(type !== undefined && { type }) },
      data: credentialMark,
    },
    meta: { maxMsgSize: maxMessageOctets },
  };
}

/** The message as it is sent: the credential in its place. */
export function withCredential(message: Uint8Array, subscription: Subscription, vault: Vault): Uint8Array {
  const { data } = credentialOf(subscription, vault);
  const octets = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  // The header comes first, so the first mark is the credential's. In octets: a megabyte is not decoded for it.
  const at = octets.indexOf(credentialMark);
  if (at === -1) return message;
  return Buffer.concat([octets.subarray(0, at), Buffer.from(data), octets.subarray(at + credentialMark.length)]);
}

function credentialOf(subscription: Subscription, vault: Vault): Cred {
  if (subscription.token !== '') return tokenCred(vault.open(subscription.token));
  return basicCred(subscription.user, subscription.password === '' ? '' : vault.open(subscription.password));
}

/** Asks for the next message of a package (SyncML Representation 1.2, Alert 222). */
export function askForMore(subscription: Subscription, number: () => string): Command {
  const item = { target: { locUri: subscription.publication }, source: { locUri: subscription.id } };
  return { kind: 'Alert', cmdId: number(), code: AlertCode.NextMessage, items: [item] };
}

/** The Sync of a message, with what was put into the writer; `announced`: it says how many changes the whole package has. */
export function syncOf(
  subscription: Subscription,
  number: () => string,
  content: { readonly writer: SyncWriter; readonly announced?: Tally | undefined },
): Command {
  const { writer, announced } = content;
  const cmdId = number();
  return {
    kind: 'Sync',
    cmdId,
    target: { locUri: subscription.publication },
    source: { locUri: subscription.id },
    ...(announced && numberOfChanges(announced)),
    commands: writer.commands(number),
  };
}

/** All that a message says beside its changes, and the token that it goes out with: two messages with the same changes and the same frame are the same. */
export function frameOf(message: SyncMlMessage, { token }: Subscription): string {
  const body = message.body.map((command) => (command.kind === 'Sync' ? { ...command, commands: [] } : command));
  return `${token} ${encodeMessage({ ...message, body })}`;
}
