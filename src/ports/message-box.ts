/** A message that lies in a box, as its label says; what it really is, its content says. */
export interface BoxedMessage {
  /** Tells it from the others of its box. Labels sort by the time at which messages were put there. */
  readonly name: string;
  /** `labelOf` the publication, and the subscription URL. */
  readonly publication: string;
  readonly subscription: string;
  readonly session: string;
  readonly message: number;
  /** When it was last written. */
  readonly changedAt: number;
}

/** Messages of which kind, in which box. */
export interface BoxAddress {
  readonly url: string;
  readonly kind: 'request' | 'answer';
}

/**
 * Where messages lie until somebody fetches them: a folder that is carried or copied. What is listed may be half there, or gone when it is read. Every method throws
 * TransportError CON-T006 (`later`) when the box cannot be used, but `list`, which finds nothing there.
 */
export interface MessageBox {
  /** How labels write a publication's id or a subscription's URL. */
  labelOf(name: string): string;
  /** By name. */
  list(box: BoxAddress): Promise<readonly BoxedMessage[]>;
  /** The message, decompressed. @throws ProtocolError CON-S001 when it is cut, damaged or has more than `maxOctets` */
  read(box: BoxAddress, name: string, maxOctets: number): Promise<Uint8Array>;
  /**
   * Resolves when something may have come into a box that was listed, or the signal is aborted. Not every system tells, and none of what came before somebody asked:
   * whoever waits lists again after a while.
   */
  news(signal: AbortSignal): Promise<void>;
  /** It was taken in. Nothing happens when it is gone. */
  remove(box: BoxAddress, name: string): Promise<void>;
  /** It can never be taken in: kept where it is in nobody's way. */
  setAside(box: BoxAddress, name: string): Promise<void>;
}
