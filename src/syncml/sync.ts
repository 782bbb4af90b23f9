import type { Add } from './add.ts';
import type { Atomic } from './atomic.ts';
import type { Cred } from './cred.ts';
import type { DeleteCommand } from './delete-command.ts';
import type { Location } from './item.ts';
import type { Meta } from './meta.ts';
import type { OtherCommand } from './other-command.ts';
import type { Replace } from './replace.ts';
import type { Sequence } from './sequence.ts';

/** What may stand in a Sync. Anything else that a peer puts there is read as `Other`. */
export type SyncCommand = Add | Replace | DeleteCommand | Atomic<SyncCommand> | Sequence<SyncCommand> | OtherCommand;

/** The changes of one datastore, or a part of them (SyncML Representation 1.2, Sync). */
export interface Sync {
  readonly kind: 'Sync';
  readonly cmdId: string;
  readonly noResp?: true;
  readonly cred?: Cred;
  /** The receiver's datastore. */
  readonly target?: Location;
  /** The sender's datastore. */
  readonly source?: Location;
  readonly meta?: Meta;
  /** Changes in the whole package; a hint for progress bars, and often absent from foreign peers. */
  readonly numberOfChanges?: number;
  readonly commands: readonly SyncCommand[];
}
