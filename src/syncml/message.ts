import type { Add } from './add.ts';
import type { Alert } from './alert.ts';
import type { Atomic } from './atomic.ts';
import type { Cred } from './cred.ts';
import type { DeleteCommand } from './delete-command.ts';
import type { Get } from './get.ts';
import type { Location } from './item.ts';
import type { MapCommand } from './map-command.ts';
import type { Meta } from './meta.ts';
import type { OtherCommand } from './other-command.ts';
import type { Put } from './put.ts';
import type { Replace } from './replace.ts';
import type { Results } from './results.ts';
import type { Sequence } from './sequence.ts';
import type { Status } from './status.ts';
import type { Sync } from './sync.ts';

/** The routing and versioning of a message (SyncML Representation 1.2, SyncHdr). */
export interface SyncHdr {
  /** `1.2`, `1.1` or `1.0`; whatever the peer wrote, so that it can be answered 505. */
  readonly verDtd: string;
  /** `SyncML/1.2` and so on; whatever the peer wrote, so that it can be answered 513. */
  readonly verProto: string;
  readonly sessionId: string;
  /** Counts the sender's messages of the session, from 1 (ERP5 peers begin at 0). */
  readonly msgId: number;
  readonly target: Location;
  readonly source: Location;
  /** Where the answer is to be sent, if not to where the message came from. */
  readonly respUri?: string;
  readonly noResp?: true;
  readonly cred?: Cred;
  readonly meta?: Meta;
}

/** A command of a message. What stands only in a Sync by the standard is also read outside of it. */
export type Command =
  | Alert
  | Sync
  | Status
  | MapCommand
  | Put
  | Get
  | Results
  | Add
  | Replace
  | DeleteCommand
  | OtherCommand
  | Atomic<Command>
  | Sequence<Command>;

/** One SyncML message, whatever it is encoded in. */
export interface SyncMlMessage {
  readonly header: SyncHdr;
  readonly body: readonly Command[];
  /** The last message of its package (SyncML Representation 1.2, Final). */
  readonly isFinal: boolean;
}
