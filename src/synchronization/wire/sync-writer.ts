import type { Item } from '../../syncml/item.ts';
import { cutItem } from '../../syncml/pieces.ts';
import { itemOctets } from '../../syncml/size.ts';
import type { SyncCommand } from '../../syncml/sync.ts';
import type { Change } from '../change.ts';
import type { Envelope } from './change-item.ts';
import { conflictType, envelopeOf, itemOf } from './change-item.ts';
import type { WrittenNote } from './conflict-note.ts';

/** What became of a change, or a note, that was offered to a message. */
export type Fit =
  | { readonly outcome: 'added' }
  | { readonly outcome: 'full' }
  /** Only a piece was added; in the next message the one that begins at `next`. */
  | { readonly outcome: 'piece'; readonly next: number };

interface Group {
  readonly envelope: Envelope;
  readonly items: Item[];
}

/** What the elements around the items of a command take, with its Meta. */
const commandOctets = 160;

const noteEnvelope: Envelope = { command: 'Replace', type: conflictType };

/** Fills the Sync of one message with changes, up to a number of octets. Items of the same kind and media type share a command. */
export class SyncWriter {
  readonly #epoch: string;
  readonly #room: number;
  readonly #groups = new Map<string, Group>();
  #octets = 0;

  /** `epoch` is that of the sender's log; `room` the octets that the items may take. */
  constructor(epoch: string, room: number) {
    this.#epoch = epoch;
    this.#room = room;
  }

  /** The octets that the items of the whole message may take. */
  get room(): number {
    return this.#room;
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /**
   * Adds a change while there is room. One that no message could hold goes piece by piece (SyncML DS 1.2, large objects), each alone in its message; `start` is
   * where in it this one begins.
   */
  add(change: Change, start = 0): Fit {
    return this.#fit(envelopeOf(change), itemOf(change, this.#epoch), start);
  }

  /** Adds a conflict's note as `add` does a change: in pieces, where no message could hold it. */
  addNote({ id, gid, text }: WrittenNote, start = 0): Fit {
    // An object may have several notes: pieces of one must not be taken for those of another, or of its document.
    return this.#fit(noteEnvelope, { source: { locUri: gid, locName: id }, data: text }, start);
  }

  /** The commands, in the order in which their first items came; deletions last. */
  commands(nextCommand: () => string): readonly SyncCommand[] {
    return [...this.#groups.values()].map(({ envelope, items }) => commandOf(envelope, items, nextCommand()));
  }

  #fit(envelope: Envelope, item: Item, start: number): Fit {
    // Of what goes in pieces only the piece is looked at: a message must not cost what the whole document does.
    const isLarge = start > 0 || (item.data?.length ?? 0) > this.#room;
    const whole = isLarge ? Infinity : itemOctets(item) + (this.#groups.has(keyOf(envelope)) ? 0 : commandOctets);
    if (this.#octets + whole <= this.#room) {
      this.#push(envelope, item, whole);
      return { outcome: 'added' };
    }
    if (!this.isEmpty) return { outcome: 'full' };
    const frame = itemOctets({ ...item, data: '' }) + commandOctets + 200;
    const cut = cutItem(item, start, Math.max(1024, this.#room - frame));
    this.#push(envelope, cut.item, this.#room);
    return cut.next === undefined ? { outcome: 'added' } : { outcome: 'piece', next: cut.next };
  }

  #push(envelope: Envelope, item: Item, octets: number): void {
    const key = keyOf(envelope);
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { envelope, items: [item] });
    else group.items.push(item);
    this.#octets += octets;
  }
}

function keyOf({ command, type }: Envelope): string {
  return `${command} ${type ?? ''}`;
}

function commandOf({ command, type }: Envelope, items: readonly Item[], cmdId: string): SyncCommand {
  const meta = type === undefined ? {} : { meta: { type } };
  switch (command) {
    case 'Add':
      return { kind: 'Add', cmdId, ...meta, items };
    case 'Replace':
      return { kind: 'Replace', cmdId, ...meta, items };
    case 'Delete':
      return { kind: 'Delete', cmdId, items };
    case 'SoftDelete':
      return { kind: 'Delete', cmdId, sftDel: true, items };
    default:
      return command satisfies never;
  }
}
