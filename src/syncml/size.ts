import type { Item } from './item.ts';
import type { Command, SyncHdr } from './message.ts';
import { encodeCommand } from './xml/encode-command.ts';
import { encodeItem } from './xml/encode-item.ts';
import { encodeMessage } from './xml/encode-message.ts';

/**
 * The octets that a command takes in a message in XML, exactly (the WBXML of the same command is shorter). A message is as long as
 * `messageOctets` of its header and all its commands together, and a Sync as long as an empty one and its commands together. It costs one encoding.
 */
export function commandOctets(command: Command): number {
  return Buffer.byteLength(encodeCommand(command), 'utf8');
}

/** The octets that an item takes in its command, exactly. */
export function itemOctets(item: Item): number {
  return Buffer.byteLength(encodeItem(item), 'utf8');
}

/** The octets of a message with that header around its commands, Final included. */
export function messageOctets(header: SyncHdr): number {
  return Buffer.byteLength(encodeMessage({ header, body: [], isFinal: true }), 'utf8');
}
