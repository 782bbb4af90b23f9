import type { Edits } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { StatusCode } from '../../syncml/status.ts';
import type { Digest } from '../../xml/digest.ts';

/** How one item of a message is answered: a Status, with the digest that is now here where it is not the one that was sent. */
export interface ItemOutcome {
  readonly gid: Gid;
  readonly code: StatusCode;
  readonly digest?: Digest | undefined;
  /** The object is known here under this gid (first meeting). */
  readonly knownAs?: Gid;
  /** The edits that made it, where it is the same. */
  readonly madeBy?: Edits;
}
