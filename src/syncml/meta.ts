/** The sync anchors of a datastore (SyncML Meta-Information 1.2, Anchor). Opaque strings: compared for equality, never interpreted. */
export interface Anchor {
  /** The anchor of the previous synchronization; absent at the first contact, in slow sync and in refresh. */
  readonly last?: string;
  readonly next: string;
}

/**
 * Meta-information on a message, command, item, credential or challenge (SyncML Meta-Information 1.2, MetInf). Every part is optional;
 * what Concord neither writes nor reads (Mark, Version, Mem, FieldLevel) is dropped on reading.
 */
export interface Meta {
  /** The encoding of the data: `chr` (the default), `b64`, `xml`, `bin`, … */
  readonly format?: string;
  /** The media type of the data, or the scheme of a credential. */
  readonly type?: string;
  /** Octets of the whole data, when it travels in pieces. */
  readonly size?: number;
  readonly anchor?: Anchor;
  /** Base64 of the octets that the next md5 credential must be made with. */
  readonly nextNonce?: string;
  /** The largest message, in octets, that the sender of this message takes. */
  readonly maxMsgSize?: number;
  /** The largest object, in octets, that the sender of this message takes. */
  readonly maxObjSize?: number;
  /** Experimental meta-information: short tokens, in order (see `emi.ts` for those of Concord). Absent rather than empty. */
  readonly emi?: readonly string[];
}
